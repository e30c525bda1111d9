// Reads a snapshot. The file is read twice in pieces of 1 MiB: the first time its checksum is compared, the second time its
// objects are taken, so none is taken of a damaged file, and a large one takes no more memory than a small one.
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { formatAge } from './age.ts'
import {
  END_MAX,
  HEADER_MAX,
  headerProblem,
  parseEnd,
  type RecordKind,
  type SnapshotOrigin,
  type StoreRecord,
} from './format.ts'

const PIECE = 2 ** 20
/** A source may keep 512 MiB (`room.ts`), and a text takes no more in the file than in memory. */
const MAX_BYTES = 2 ** 30
/** By how much the clocks of two processes may differ. */
const CLOCK_TOLERANCE_MS = 60_000

/** Why a file cannot be used. */
export class UnusableSnapshot extends Error {}

/** What was read. */
export interface ReadSnapshot {
  readonly records: number
  /** In bytes. */
  readonly size: number
  /** When its objects were those of the cluster, in milliseconds since 1970. */
  readonly confirmedAt: number
}

interface ReadOptions {
  readonly file: string
  readonly origin: SnapshotOrigin
  /** The oldest that is used, in milliseconds; 0 = any age. */
  readonly maxAgeMs: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Passes each object of the file to `take`. Returns undefined without a file. Throws UnusableSnapshot for a file that is
 * damaged, of something else, or too old, and what the file system throws.
 */
export function readSnapshot(
  { file, origin, maxAgeMs, now }: ReadOptions,
  take: (record: StoreRecord) => void,
): ReadSnapshot | undefined {
  const fd = openExisting(file)
  if (fd === undefined) return undefined
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new UnusableSnapshot('it is not a regular file')
    // The writer sets this time.
    const confirmedAt = stats.mtimeMs
    requireAge(now - confirmedAt, maxAgeMs)
    const records = readRecords(fd, stats.size, origin, take)
    return { records, size: stats.size, confirmedAt }
  } finally {
    closeSync(fd)
  }
}

/** O_NONBLOCK: nobody may write to a pipe. */
function openExisting(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A time in the future is that of a clock that was wrong: the age is not known. */
function requireAge(ageMs: number, maxAgeMs: number): void {
  if (maxAgeMs === 0) return
  if (ageMs < -CLOCK_TOLERANCE_MS) {
    const text = `its time is ${formatAge(-ageMs)} in the future: the clock was changed, so its age is not known`
    throw new UnusableSnapshot(text)
  }
  if (ageMs <= maxAgeMs) return
  throw new UnusableSnapshot(
    `it is ${formatAge(ageMs)} old, and used up to an age of ${formatAge(maxAgeMs)}`,
  )
}

function readRecords(
  fd: number,
  size: number,
  origin: SnapshotOrigin,
  take: (record: StoreRecord) => void,
): number {
  const piece = Buffer.allocUnsafe(Math.min(size, PIECE))
  const header = firstLine(fd, size)
  check(header === undefined ? 'it is not a snapshot' : headerProblem(header, 'format'))
  if (size > MAX_BYTES) throw new UnusableSnapshot(`it is larger than ${MAX_BYTES} bytes`)
  const end = parseEnd(textAt(fd, Math.max(0, size - END_MAX), Math.min(size, END_MAX)))
  if (end === undefined) throw new UnusableSnapshot('its end is missing: it is written in part')
  const length = size - end.length
  if (checksum(fd, length, piece) !== end.sum) {
    throw new UnusableSnapshot('its checksum does not match: it is damaged')
  }
  check(headerProblem(header!, origin))
  let records = 0
  for (const line of lines(fd, Buffer.byteLength(header!), length, piece)) {
    take(recordOf(line))
    records++
  }
  if (records !== end.records) throw new UnusableSnapshot('it does not have all of its objects')
  return records
}

function check(problem: string): void {
  if (problem !== '') throw new UnusableSnapshot(problem)
}

function firstLine(fd: number, size: number): string | undefined {
  const text = textAt(fd, 0, Math.min(size, HEADER_MAX))
  const end = text.indexOf('\n')
  return end < 0 ? undefined : text.slice(0, end + 1)
}

function textAt(fd: number, position: number, length: number): string {
  const bytes = Buffer.alloc(length)
  return bytes.toString('utf8', 0, fill(fd, bytes, 0, length, position))
}

function checksum(fd: number, length: number, piece: Buffer): string {
  const hash = createHash('sha256')
  for (let at = 0; at < length; ) {
    const read = fill(fd, piece, 0, Math.min(piece.length, length - at), at)
    if (read === 0) break
    hash.update(piece.subarray(0, read))
    at += read
  }
  return hash.digest('hex')
}

/** The lines from `start` to `end` without their ends; each is valid until the next is asked for. */
function* lines(fd: number, start: number, end: number, piece: Buffer): Generator<Buffer> {
  let buffer = piece
  let kept = 0
  let at = start
  while (at < end) {
    if (kept === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
    const read = fill(fd, buffer, kept, Math.min(buffer.length - kept, end - at), at)
    if (read === 0) throw new UnusableSnapshot('it became shorter while it was read')
    at += read
    const filled = buffer.subarray(0, kept + read)
    let from = 0
    for (let to = filled.indexOf(NEWLINE); to >= 0; to = filled.indexOf(NEWLINE, from)) {
      yield filled.subarray(from, to)
      from = to + 1
    }
    buffer.copyWithin(0, from, filled.length)
    kept = filled.length - from
  }
  if (kept > 0) throw new UnusableSnapshot('its last object has no end')
}

const NEWLINE = 10
const SPACE = 32

function recordOf(line: Buffer): StoreRecord {
  const space = line.indexOf(SPACE, 2)
  const kind = String.fromCharCode(line[0] ?? 0)
  if (!'iselnp'.includes(kind) || line[1] !== SPACE || space < 0) {
    throw new UnusableSnapshot('it has a line that is no object')
  }
  const key = line.toString('utf8', 2, space)
  return { kind: kind as RecordKind, key, text: line.toString('utf8', space + 1) }
}

/** Reads `length` bytes, fewer at the end of the file; returns how many. */
function fill(fd: number, into: Buffer, offset: number, length: number, position: number): number {
  let read = 0
  while (read < length) {
    const count = readSync(fd, into, offset + read, length - read, position + read)
    if (count === 0) break
    read += count
  }
  return read
}
