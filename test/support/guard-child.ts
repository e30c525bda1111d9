// Writes one byte with native code, in a process of its own:
//   node --experimental-ffi test/support/guard-child.ts start|end BYTES OFFSET
// allocates BYTES bytes between guard pages, writes at OFFSET, frees the memory and prints "survived".
import { type GuardedEnd, guardedLibc } from './guarded-libc.ts'

const [end, bytes, offset] = process.argv.slice(2)
const ffi = process.getBuiltinModule('node:ffi') as typeof import('node:ffi')
const memory = guardedLibc(end as GuardedEnd).allocate(Number(bytes))
ffi.setUint8(memory.address + BigInt(offset ?? 0), 0, 1)
memory.free()
process.stdout.write('survived\n')
