// The C library through node:ffi, as far as UDP in batches needs it, and native memory: addresses that the
// kernel sees must not move, so they are never those of JavaScript buffers. The only file that imports
// node:ffi; it works in threads that were started with --experimental-ffi.
import { getSystemErrorName } from 'node:util'

type Ffi = typeof import('node:ffi')

const signatures = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  getsockname: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
  recvmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32', 'pointer'], return: 'i32' },
  sendmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32'], return: 'i32' },
  // nfds_t is wider; both ABIs pass a small unsigned number alike.
  poll: { arguments: ['pointer', 'u32', 'i32'], return: 'i32' },
  read: { arguments: ['i32', 'pointer', 'u64'], return: 'i64' },
  eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  calloc: { arguments: ['u64', 'u64'], return: 'pointer' },
  free: { arguments: ['pointer'], return: 'void' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const

const optional = {
  malloc_trim: { arguments: ['u64'], return: 'i32' },
} as const

type Functions = ReturnType<typeof load>['functions']

/** The functions of libc by their own names, and memory for them. */
export interface Libc extends Omit<Functions, '__errno_location' | 'calloc' | 'free'> {
  /** Zeroed memory of at least `bytes` bytes. */
  allocate(bytes: number): NativeMemory
  /** Returns free pages of malloc to the system; does nothing where libc cannot (musl). */
  trim(): void
  /** The name of the last failed call's error ("EADDRINUSE"); to be asked right after it. */
  errorName(): string
}

export interface NativeMemory {
  readonly buffer: ArrayBuffer
  readonly address: bigint
  /** Gives it back; no view of `buffer` may be used after that. */
  free(): void
}

function load(ffi: Ffi) {
  return ffi.dlopen(null, signatures)
}

/** Throws an Error that says why, where this system or this thread cannot do it. */
export function openLibc(): Libc {
  if (process.platform !== 'linux') throw new Error(`${process.platform} has no recvmmsg`)
  if (!['x64', 'arm64'].includes(process.arch)) {
    throw new Error(`the layout of a message header is not known on ${process.arch}`)
  }
  const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined
  if (ffi === undefined) throw new Error('this Node has no node:ffi (it needs 26.1 or later)')
  const { functions } = load(ffi)
  const { __errno_location: errnoLocation, calloc, free, ...rest } = functions
  return {
    ...rest,
    allocate(bytes) {
      const address = calloc(1n, BigInt(bytes))
      if (address === 0n) throw new Error(`no memory for ${bytes} bytes of buffers`)
      const buffer = ffi.toArrayBuffer(address, bytes, false)
      return { buffer, address, free: () => free(address) }
    },
    trim() {
      try {
        ffi.dlopen(null, optional).functions.malloc_trim(0n)
      } catch {
        // It is a favour.
      }
    },
    errorName() {
      const errno = ffi.getInt32(errnoLocation())
      return errno === 0 ? 'unknown error' : getSystemErrorName(-errno)
    },
  }
}
