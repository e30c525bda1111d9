// libc with native memory between pages that cannot be accessed. Code that reads or writes one byte outside of its memory
// ends the process with SIGSEGV, and the kernel refuses it with EFAULT. So do accesses to freed memory.
import { type Libc, openLibc } from '../../src/udp/libc.ts'

/** Which end of each memory touches a guard page; both do when the size is a multiple of the page size. */
export type GuardedEnd = 'start' | 'end'

type Ffi = typeof import('node:ffi')

const PROT_NONE = 0
const PROT_READ_WRITE = 3
const MAP_PRIVATE_ANONYMOUS = 0x22
/** Fills the bytes between the memory and the guard page that it does not touch. */
const CANARY = 0xa5

/** The real libc; only `allocate` differs. `free` throws an Error when bytes beside the memory were changed. */
export function guardedLibc(end: GuardedEnd): Libc {
  const ffi = process.getBuiltinModule('node:ffi') as Ffi
  const { functions } = ffi.dlopen(null, {
    mmap: { arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'pointer' },
    mprotect: { arguments: ['pointer', 'u64', 'i32'], return: 'i32' },
    munmap: { arguments: ['pointer', 'u64'], return: 'i32' },
    getpagesize: { arguments: [], return: 'i32' },
  })
  const page = functions.getpagesize()
  return {
    ...openLibc(),
    allocate(bytes) {
      const size = page * Math.ceil(bytes / page)
      const total = BigInt(size + 2 * page)
      const mapping = functions.mmap(0n, total, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0n)
      const inner = mapping + BigInt(page)
      if (functions.mprotect(inner, BigInt(size), PROT_READ_WRITE) !== 0) {
        throw new Error(`cannot allocate ${bytes} bytes between guard pages`)
      }
      const slack = size - bytes
      const address = end === 'end' ? inner + BigInt(slack) : inner
      const beside = new Uint8Array(
        ffi.toArrayBuffer(end === 'end' ? inner : inner + BigInt(bytes), slack, false),
      ).fill(CANARY)
      return {
        address,
        buffer: ffi.toArrayBuffer(address, bytes, false),
        free() {
          const isIntact = beside.every((byte) => byte === CANARY)
          functions.munmap(mapping, total)
          if (!isIntact)
            throw new Error(`bytes beside ${bytes} bytes of native memory were changed`)
        },
      }
    },
  }
}
