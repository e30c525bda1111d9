// Reads zone files on the control thread. The opening of a named pipe must not wait for its writer, and a device never ends.
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { systemReason } from '../corefile/files.ts'

/** Bytes; a zone has no room for more (`zone-parser.ts`). */
const FILE_MAX_BYTES = 2 ** 28

/** The text of a regular file. Throws an Error with Go's message. */
export function readZoneFile(path: string): string {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw new Error(`open ${path}: ${systemReason(error)}`, { cause: error })
  }
  try {
    const stats = fstatSync(file)
    if (stats.isDirectory()) throw new Error(`read ${path}: is a directory`)
    if (!stats.isFile()) throw new Error(`read ${path}: is not a regular file`)
    if (stats.size > FILE_MAX_BYTES) {
      throw new Error(`read ${path}: is larger than ${FILE_MAX_BYTES} bytes`)
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** What changes with the content of a file: its time, its size and which file it is. Throws an Error with Go's message. */
export function fileVersion(path: string): { readonly mtimeNs: bigint; readonly text: string } {
  try {
    const { mtimeNs, size, ino, dev } = statSync(path, { bigint: true })
    return { mtimeNs, text: `${mtimeNs} ${size} ${ino} ${dev}` }
  } catch (error) {
    throw new Error(`open ${path}: ${systemReason(error)}`, { cause: error })
  }
}
