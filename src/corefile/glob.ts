// Go's filepath.Glob for what an import may hold: `*` and `?`, in any part of a path, and `\` before a
// character that stands for itself. Hidden files match too; names come sorted by bytes.
import type { CorefileFiles } from './files.ts'

/** Whether a pattern has anything to match, in the eyes of Go. */
export function hasMeta(pattern: string): boolean {
  return /[*?[\\]/.test(pattern)
}

/** The paths that match; [] when there are none. Without a wildcard, the path itself if it exists. */
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
