// The file system as the Corefile's imports see it: an interface that tests fill with a map, and the real
// one. Error messages have Go's form ("open X: no such file or directory") as CoreDNS shows them.
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'

export interface CorefileFiles {
  /** The text of a file. Throws an Error with Go's message. */
  read(path: string): string
  /** Whether the path names anything, be it a dangling link. */
  exists(path: string): boolean
  isDirectory(path: string): boolean
  /** The names in a directory; none when it cannot be read. */
  list(path: string): readonly string[]
}

/** The files of this machine. */
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
