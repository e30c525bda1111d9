// Checks the place of a snapshot before a configuration is served.
import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CodedError, errorText } from '../../errors.ts'

/** Throws CodedError SNAPSHOT when the file can never be written as things are. The file itself may be absent. */
export function checkSnapshotFile(file: string): void {
  const folder = dirname(resolve(file))
  const fail = (reason: string, cause?: unknown) => {
    return new CodedError('SNAPSHOT', `snapshot ${file}: ${reason}`, { cause })
  }
  let isFolder: boolean
  try {
    isFolder = statSync(folder).isDirectory()
    if (isFolder) accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fail(`the folder ${folder} cannot be written: ${errorText(error)}`, error)
  }
  if (!isFolder) throw fail(`${folder} is not a folder`)
  const found = statSync(file, { throwIfNoEntry: false })
  if (found !== undefined && !found.isFile()) throw fail('this is not a regular file')
}
