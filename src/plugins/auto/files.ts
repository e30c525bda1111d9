// The files below a directory (Go's filepath.Walk, as coredns plugin/auto Walk uses it).
import { type Dirent, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { errorText } from '../../errors.ts'

/** Directories within directories are read up to this depth. */
const MAX_DEPTH = 32
/** Files of a directory that are looked at, so that a wrong directory does not take minutes. */
const MAX_FILES = 100_000

interface FoundFile {
  /** The last part of its path. */
  readonly name: string
  readonly path: string
}

/**
 * The files below the directory in lexical order, and why some could not be found. A link to a file is a file; of links to
 * directories only that of the directory itself is followed.
 */
export function filesBelow(directory: string): {
  readonly files: readonly FoundFile[]
  readonly errors: readonly string[]
} {
  const files: FoundFile[] = []
  const errors: string[] = []
  const read = (folder: string, depth: number) => {
    for (const entry of entriesOf(folder, errors)) {
      const path = join(folder, entry.name)
      if (files.length >= MAX_FILES) return
      if (!entry.isDirectory()) files.push({ name: entry.name, path })
      else if (depth < MAX_DEPTH) read(path, depth + 1)
      else errors.push(`error reading ${path}: more than ${MAX_DEPTH} directories deep`)
    }
  }
  read(resolved(directory), 1)
  if (files.length >= MAX_FILES) {
    errors.push(`error reading ${directory}: only its first ${MAX_FILES} files are looked at`)
  }
  return { files, errors }
}

function entriesOf(folder: string, errors: string[]): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    errors.push(`error reading ${folder}: ${errorText(error)}`)
    return []
  }
}

function resolved(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    return directory
  }
}
