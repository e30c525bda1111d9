// The file system for the imports and files of a Corefile: an interface, which tests implement with a map, and the real file
// system. Error messages have Go's form ("open X: no such file or directory"), as in CoreDNS.
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'

/** What a path leads to, links followed. */
export type FileKind = 'directory' | 'file' | 'missing'

/** The file system operations of a Corefile; paths are absolute. */
export interface CorefileFiles {
  /** Returns the text of a file. Throws an Error with Go's message. */
  read(path: string): string
  /** True when the path exists, even as a dangling link. */
  exists(path: string): boolean
  isDirectory(path: string): boolean
  /** What a path leads to. Throws an Error with Go's message if that cannot be known. */
  kind(path: string): FileKind
  /** The names in a directory; [] when it cannot be read. */
  list(path: string): readonly string[]
}

/** The real file system. */
export const realFiles: CorefileFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw new Error(`open ${path}: ${systemReason(error)}`, { cause: error })
    }
  },
  exists: (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
  isDirectory(path) {
    try {
      return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
    } catch {
      return false
    }
  },
  kind(path) {
    try {
      const stats = statSync(path)
      return stats.isDirectory() ? 'directory' : 'file'
    } catch (error) {
      if (isMissing(error)) return 'missing'
      throw new Error(`stat ${path}: ${systemReason(error)}`, { cause: error })
    }
  },
  list(path) {
    try {
      return readdirSync(path)
    } catch {
      return []
    }
  },
}

/** True for the error of an operation on a file that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** The text of the system for the error of an operation, as Go's messages have it. */
export function systemReason(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : String(error)
}
