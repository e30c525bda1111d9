// The threads of the store test. Writers insert replies for random names: all addresses of a reply have the number of its
// name, and one version. The reader counts entries in which a byte differs from that.
import { parentPort, workerData } from 'node:worker_threads'
import type { StoreHandle } from '../../../../src/plugins/cache/store/layout.ts'
import { StoreReader } from '../../../../src/plugins/cache/store/reader.ts'
import { NOT_STORED, StoreWriter } from '../../../../src/plugins/cache/store/writer.ts'
import { keyOf, replyWith } from './entries.ts'

export interface StoreWork {
  readonly handle: StoreHandle
  readonly role: 'read' | 'write'
  readonly names: number
  /** Index in `flags` of the number of hits, or of insertions. */
  readonly progress: number
  /** 1 = stop; then the progress of each thread. */
  readonly flags: Int32Array
}

export interface StoreResult {
  readonly hits: number
  readonly wrong: number
  readonly stored: number
}

const { handle, role, names, progress, flags } = workerData as StoreWork
const specs = Array.from({ length: names }, (_, i) => ({ name: `name${i}.example.`, type: 'A' }))
const keys = specs.map((spec) => keyOf(handle, spec))
const now = () => performance.now() / 1000
const result = { hits: 0, wrong: 0, stored: 0 }

function read(): void {
  const reader = new StoreReader(handle)
  for (let n = 0; n % 1000 !== 0 || Atomics.load(flags, 0) === 0; n++) {
    const i = Math.floor(Math.random() * names)
    if (reader.find(keys[i]!)) {
      result.hits++
      reader.touch()
      if (!isRight(reader, i)) result.wrong++
    }
    if (n % 1000 === 0) Atomics.store(flags, progress, result.hits)
  }
}

function isRight({ bytes, start, questionEnd, end, answers, ttlAt }: StoreReader, i: number) {
  const version = bytes[start + questionEnd + 14]
  if (end - questionEnd !== 16 * answers || answers !== 1 + (version! % 20)) return false
  for (let k = 0; k < answers; k++) {
    const at = start + ttlAt[k]! + 6
    if (ttlAt[k] !== questionEnd + 16 * k + 6) return false
    if (bytes[at] !== i >>> 8 || bytes[at + 1] !== (i & 255)) return false
    if (bytes[at + 2] !== version || bytes[at + 3] !== version) return false
  }
  return true
}

function write(): void {
  const writer = new StoreWriter(handle, 0, now)
  const replies = specs.map((spec, i) =>
    Array.from({ length: 7 }, (_, k) => {
      const version = 3 * k
      const address = Uint8Array.of(i >>> 8, i & 255, version, version)
      return replyWith(spec, new Array<Uint8Array>(1 + (version % 20)).fill(address))
    }),
  )
  while (Atomics.load(flags, 0) === 0) {
    const i = Math.floor(Math.random() * names)
    const reply = replies[i]![Math.floor(Math.random() * 7)]!
    if (writer.insert(keys[i]!, reply, now()) !== NOT_STORED) result.stored++
    Atomics.store(flags, progress, result.stored)
  }
}

if (role === 'read') read()
else write()
parentPort?.postMessage(result satisfies StoreResult)
