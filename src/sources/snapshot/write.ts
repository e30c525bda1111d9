// Writes a snapshot: into a temporary file beside it, which then takes its name. So whoever reads the file, and a process that
// is killed at any point, finds the old one or the new one, and each of them complete.
import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { endLine, headerLine, recordLine, type SnapshotOrigin, type StoreRecord } from './format.ts'

/** Names the temporary files of this process, which are no leftovers. */
const OWN = randomBytes(4).toString('hex')

/** About how many characters are encoded and written at once: a step of about a millisecond. */
const STEP = 128 * 1024

interface WriteOptions {
  readonly file: string
  readonly origin: SnapshotOrigin
  /** May change while they are written: each is written as it is at that moment. */
  readonly records: Iterable<StoreRecord>
  /** When the objects were those of the cluster; called at the end. Milliseconds since 1970. */
  readonly confirmedAt: () => number
  /** Awaited after each step; `ms` is how long the step took on this thread. */
  readonly pause: (ms: number) => Promise<void>
}

/** What was written. */
export interface WrittenSnapshot {
  /** In bytes. */
  readonly size: number
  readonly records: number
  /** Of the file. */
  readonly inode: number
}

/** Replaces the file; rejects with the file system's error, and then the old file is as it was. */
export async function writeSnapshot(options: WriteOptions): Promise<WrittenSnapshot> {
  const { file } = options
  const temporary = temporaryFile(file)
  // Only for this account: who can read the Services of a cluster is decided there.
  const handle = await open(temporary, 'wx', 0o600)
  try {
    const written = await writeAndSync(handle, options).finally(() => handle.close())
    await rename(temporary, file)
    await syncFolder(dirname(file))
    return written
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

/** Another path with each call: what `file` is written to before it has its name. */
export function temporaryFile(file: string): string {
  return `${file}.${OWN}${randomBytes(4).toString('hex')}.tmp`
}

/** Removes what a process left that was killed while it wrote. Another process that writes just now tries again. */
export async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file)
  const prefix = `${basename(file)}.`
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || name.startsWith(`${prefix}${OWN}`)) continue
    if (!/^[0-9a-f]{16}\.tmp$/.test(name.slice(prefix.length))) continue
    await unlink(join(folder, name))
  }
}

async function writeAndSync(handle: FileHandle, options: WriteOptions): Promise<WrittenSnapshot> {
  const written = await writeAll(handle, options)
  const { ino: inode } = await handle.stat()
  const time = options.confirmedAt() / 1000
  await handle.utimes(time, time)
  await handle.sync()
  return { ...written, inode }
}

async function writeAll(
  handle: FileHandle,
  { origin, records, pause }: WriteOptions,
): Promise<Omit<WrittenSnapshot, 'inode'>> {
  const hash = createHash('sha256')
  let size = 0
  let count = 0
  let text = headerLine(origin)
  let startedAt = performance.now()
  const writeText = async () => {
    const bytes = Buffer.from(text)
    text = ''
    hash.update(bytes)
    size += bytes.length
    const ms = performance.now() - startedAt
    await handle.appendFile(bytes)
    await pause(ms)
    startedAt = performance.now()
  }
  for (const record of records) {
    const line = recordLine(record)
    if (line === '') continue
    text += line
    count++
    if (text.length >= STEP) await writeText()
  }
  await writeText()
  const end = endLine(count, hash.digest('hex'))
  await handle.appendFile(end)
  return { size: size + end.length, records: count }
}

/** Makes the new name last: a crash of the machine may undo it else. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
