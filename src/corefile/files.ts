// The file system for the imports of a Corefile: an interface, which tests implement with a map, and the real file
// system. Error messages have Go's form ("open X: no such file or directory"), as in CoreDNS.
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'

/** The file system operations of imports; paths are absolute. */
export interface CorefileFiles {
  /** Returns the text of a file. Throws an Error with Go's message. */
  read(path: string): string
  /** True when the path exists, even as a dangling link. */
  exists(path: string): boolean
  isDirectory(path: string): boolean
  /** The names in a directory; [] when it cannot be read. */
  list(path: string): readonly string[]
}

/** The real file system. */
export const realFiles: CorefileFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw new Error(`open ${path}: ${reason(error)}`, { cause: error })
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
  list(path) {
    try {
      return readdirSync(path)
    } catch {
      return []
    }
  },
}

function reason(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : String(error)
}
