// The reader of the table test, on a thread of its own: looks names up without pause and checks what it finds,
// until it is told to stop. An answer's bytes are one number many times over; a mix of two is torn.
import { parentPort, workerData } from 'node:worker_threads'
import type { TableHandle } from '../../src/zone/layout.ts'
import { TableReader } from '../../src/zone/table-reader.ts'

interface ReaderWork {
  readonly handle: TableHandle
  readonly reader: number
  /** Names that are always there. */
  readonly stable: readonly Uint8Array[]
  /** Names that come and go. */
  readonly other: readonly Uint8Array[]
  /** One word: 1 = stop. */
  readonly stop: Int32Array
  /** Counts the batches that were read. */
  readonly batches: Int32Array
}

export interface ReaderResult {
  readonly reads: number
  readonly missing: number
  readonly torn: number
}

const TYPE_A = 1
const { handle, reader: id, stable, other, stop, batches } = workerData as ReaderWork
const reader = new TableReader(handle, id)
let reads = 0
let missing = 0
let torn = 0

/** True when the name is there; its answer must be whole. */
function check(name: Uint8Array): boolean {
  const entry = reader.find(name, name.length)
  if (entry === 0) return false
  reads++
  const answer = reader.answer(entry, TYPE_A)
  const length = reader.dataLength(answer)
  const start = reader.dataStart(entry, answer)
  const first = reader.bytes[start]
  let same = answer !== 0 && length > 0 && length === reader.answerCount(answer)
  for (let at = start; at < start + length; at++) same &&= reader.bytes[at] === first
  if (!same) torn++
  return true
}

while (Atomics.load(stop, 0) === 0) {
  reader.enter()
  for (const name of stable) if (!check(name)) missing++
  for (const name of other) check(name)
  reader.leave()
  Atomics.add(batches, 0, 1)
  Atomics.notify(batches, 0)
}
parentPort?.postMessage({ reads, missing, torn } satisfies ReaderResult)
