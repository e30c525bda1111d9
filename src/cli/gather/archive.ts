// Writes a .tar.gz file as its content arrives.
import { rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { CodedError, errorText } from '../../errors.ts'
import { type ArchiveFile, tarBlocks, tarEnd } from './tar.ts'

/**
 * Writes the files to a new archive that only its owner may read; `mtime` is in seconds since 1970. Rejects with GATHER when
 * the archive exists or cannot be written, and as `files` does; then no archive is left behind, nor when the process exits.
 */
export async function writeArchive(
  path: string,
  files: () => AsyncIterable<ArchiveFile>,
  mtime: number,
): Promise<void> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = isThere ? 'it exists already; name another file with -o' : errorText(error)
    throw new CodedError('GATHER', `${path} cannot be written: ${why}`)
  })
  // A second Ctrl-C exits at once.
  const remove = () => rmSync(path, { force: true })
  process.once('exit', remove)
  try {
    await pipeline(blocksOf(files(), mtime), createGzip(), handle.createWriteStream())
  } catch (error) {
    remove()
    const isSystem = error instanceof Error && 'syscall' in error && error.syscall === 'write'
    throw isSystem ? new CodedError('GATHER', `${path} cannot be written: ${error.message}`) : error
  } finally {
    process.off('exit', remove)
  }
}

async function* blocksOf(files: AsyncIterable<ArchiveFile>, mtime: number) {
  for await (const file of files) yield tarBlocks(file, mtime)
  yield tarEnd
}
