// Go's filepath.Glob for the patterns that an import allows: `*`, `?` and `\` escapes in any part of a path. Hidden
// files match. Names are sorted by bytes.
import type { CorefileFiles } from './files.ts'

/** Go's filepath hasMeta: true when the pattern contains a special character. */
function hasMeta(pattern: string): boolean {
  return /[*?[\\]/.test(pattern)
}

/** The matching paths. Without a special character, the path itself if it exists. */
export function glob(pattern: string, files: CorefileFiles): readonly string[] {
  if (!hasMeta(pattern)) return exists(pattern, files) ? [pattern] : []
  const cut = pattern.lastIndexOf('/') + 1
  const folder = cut <= 1 ? pattern.slice(0, cut) : pattern.slice(0, cut - 1)
  const name = nameRegExp(pattern.slice(cut))
  return (hasMeta(folder) ? glob(folder, files) : [folder]).flatMap((parent) => {
    if (!files.isDirectory(parent)) return []
    const matches = files.list(parent).filter((entry) => name.test(entry))
    return matches
      .sort(byBytes)
      .map((entry) => (parent === '/' ? `/${entry}` : `${parent}/${entry}`))
  })
}

function exists(path: string, files: CorefileFiles): boolean {
  try {
    return files.exists(path)
  } catch {
    return false
  }
}

function nameRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(/\\(.)|[\s\S]/gu, (char, escaped: string | undefined) => {
    if (char === '*') return '[^/]*'
    if (char === '?') return '[^/]'
    return RegExp.escape(escaped ?? char)
  })
  return new RegExp(`^${source}$`, 'u')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
