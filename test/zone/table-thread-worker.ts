// The reader thread of the table test: looks up names in a loop and checks the answers until `stop` is set. All bytes
// of an answer are the same number; different numbers are a torn read.
import { parentPort, workerData } from 'node:worker_threads'
import type { TableHandle } from '../../src/zone/layout.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { find } from '../support/find.ts'

interface ReaderWork {
  readonly handle: TableHandle
  readonly reader: number
  /** Names that are always in the table. */
  readonly stable: readonly Uint8Array[]
  /** Names that are added and removed. */
  readonly other: readonly Uint8Array[]
  /** One word: 1 = stop. */
  readonly stop: Int32Array
  /** One word: the number of batches so far. */
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

/** True when the table has the name; counts its answer as torn unless it is complete. */
function check(name: Uint8Array): boolean {
  const entry = find(reader, name)
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
