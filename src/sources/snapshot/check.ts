// Checks the place of a snapshot before a configuration is served.
import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CodedError, errorText } from '../../errors.ts'
import { temporaryFile } from './write.ts'

/** Throws CodedError SNAPSHOT when the file can never be written as things are. The file itself may be absent. */
export function checkSnapshotFile(file: string): void {
  // Not of the resolved path, which has no `/.` at its end: the writer opens the path as it is.
  const folder = dirname(file)
  const shown = resolve(folder)
  const fail = (reason: string, cause?: unknown) => {
    return new CodedError('SNAPSHOT', `snapshot ${file}: ${reason}`, { cause })
  }
  const attempt = <T>(problem: string, check: () => T): T => {
    try {
      return check()
    } catch (error) {
      throw fail(`${problem}: ${errorText(error)}`, error)
    }
  }
  const isFolder = attempt(`the folder ${shown} cannot be written`, () => {
    if (!statSync(folder).isDirectory()) return false
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return true
  })
  if (!isFolder) throw fail(`${shown} is not a folder`)
  const found = attempt('this name cannot be used', () => {
    // It has a longer name, which may be too long.
    statSync(temporaryFile(file), { throwIfNoEntry: false })
    return statSync(file, { throwIfNoEntry: false })
  })
  if (found === undefined && (file === '' || file.endsWith('/'))) {
    throw fail('this is not the name of a file')
  }
  if (found !== undefined && !found.isFile()) throw fail('this is not a regular file')
}
