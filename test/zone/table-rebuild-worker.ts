// A reader that stays in one batch while the writer adds and removes names until the index must be rebuilt. It posts
// whether the rebuild happened within the batch, in which the region that it probes could be overwritten.
import { parentPort, workerData } from 'node:worker_threads'
import { CONTROL_REGION, type TableHandle } from '../../src/zone/layout.ts'
import { TableReader } from '../../src/zone/table-reader.ts'

interface RebuildWork {
  readonly handle: TableHandle
  readonly reader: number
  /** One word: set once the reader is in its batch. */
  readonly entered: Int32Array
}

const READS = 10_000_000

const { handle, reader: id, entered } = workerData as RebuildWork
const control = new Int32Array(handle.control)
const region = () => Atomics.load(control, CONTROL_REGION)
const reader = new TableReader(handle, id)
reader.enter()
const first = region()
Atomics.store(entered, 0, 1)
Atomics.notify(entered, 0)
let moved = false
for (let i = 0; i < READS; i++) moved ||= region() !== first
reader.leave()
parentPort?.postMessage(moved)
