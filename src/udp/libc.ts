// The functions of the C library for batched UDP, through node:ffi, and native memory. The kernel needs addresses
// that do not move, so JavaScript buffers cannot be used. Only this file imports node:ffi; it works in threads
// that were started with --experimental-ffi.
import { getSystemErrorName } from 'node:util'

type Ffi = typeof import('node:ffi')

const signatures = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  connect: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  getsockname: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
  recvmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32', 'pointer'], return: 'i32' },
  sendmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32'], return: 'i32' },
  // nfds_t is wider than u32, but both ABIs pass a small unsigned number in the same way.
  poll: { arguments: ['pointer', 'u32', 'i32'], return: 'i32' },
  read: { arguments: ['i32', 'pointer', 'u64'], return: 'i64' },
  write: { arguments: ['i32', 'pointer', 'u64'], return: 'i64' },
  getrandom: { arguments: ['pointer', 'u64', 'u32'], return: 'i64' },
  eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
  // Variadic; on Linux both ABIs pass an int as to other functions.
  fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  calloc: { arguments: ['u64', 'u64'], return: 'pointer' },
  free: { arguments: ['pointer'], return: 'void' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const

const optional = {
  malloc_trim: { arguments: ['u64'], return: 'i32' },
  mallopt: { arguments: ['i32', 'i32'], return: 'i32' },
} as const

/** malloc.h */
const M_MMAP_THRESHOLD = -3
/** Bytes. */
const LARGE_BUFFER = 256 * 1024

type Functions = ReturnType<typeof load>['functions']

/** The functions of libc under their C names, and native memory for their arguments. */
export interface Libc extends Omit<Functions, '__errno_location' | 'calloc' | 'free'> {
  /** Allocates `bytes` bytes of zeroed memory; throws an Error when there is none. */
  allocate(bytes: number): NativeMemory
  /** Returns free pages of malloc to the system; does nothing with a libc without malloc_trim (musl). */
  trim(): void
  /** The errno name of the last failed call ("EADDRINUSE"); call it directly after the failure. */
  errorName(): string
}

/** Memory outside of the JavaScript heap; it never moves. */
export interface NativeMemory {
  readonly buffer: ArrayBuffer
  readonly address: bigint
  /** Frees the memory; views of `buffer` must not be used afterwards. */
  free(): void
}

function load(ffi: Ffi) {
  return ffi.dlopen(null, signatures)
}

/** The room of a list of allocations; a thread has fewer at the same time. Further ones are not listed. */
const HELD = 64

/** The allocations of one thread in shared memory, so that the next thread frees what a crash left. */
export type HeldMemory = BigInt64Array<SharedArrayBuffer>

/** An empty list of allocations, as a buffer that other threads can be given. */
export function createHeldMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HELD * BigInt64Array.BYTES_PER_ELEMENT)
}

/**
 * Gives each large buffer of the process pages of its own, which the system takes back with it and which take no memory until
 * they are used. By default malloc raises its threshold to the largest buffer that was freed (mallopt(3)), so a former table
 * or cache left holes, and the next one was filled with zeros: 40 reloads with another `cache` grew a process by 35 MB.
 */
function keepLargeBuffersApart(ffi: Ffi): void {
  try {
    ffi.dlopen(null, optional).functions.mallopt(M_MMAP_THRESHOLD, LARGE_BUFFER)
  } catch {
    // This libc has no mallopt (musl), or does without it.
  }
}

/**
 * Opens libc. Frees what is listed in `held`, memory of a thread that has ended, and then lists its own allocations there.
 * Throws an Error with the reason when this platform, Node or thread does not support it.
 */
export function openLibc(held: HeldMemory = new BigInt64Array(createHeldMemory())): Libc {
  if (process.platform !== 'linux') throw new Error(`${process.platform} has no recvmmsg`)
  if (!['x64', 'arm64'].includes(process.arch)) {
    throw new Error(`the layout of struct mmsghdr is unknown on ${process.arch}`)
  }
  const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined
  if (ffi === undefined)
    throw new Error('this version of Node has no node:ffi (26.1 or later is required)')
  const { functions } = load(ffi)
  const { __errno_location: errnoLocation, calloc, free, ...rest } = functions
  for (const address of held) if (address !== 0n) free(address)
  held.fill(0n)
  keepLargeBuffersApart(ffi)
  return {
    ...rest,
    allocate(bytes) {
      const address = calloc(1n, BigInt(bytes))
      if (address === 0n) throw new Error(`cannot allocate ${bytes} bytes of native memory`)
      const entry = held.indexOf(0n)
      if (entry >= 0) held[entry] = address
      const buffer = ffi.toArrayBuffer(address, bytes, false)
      return {
        buffer,
        address,
        free: () => {
          if (entry >= 0) held[entry] = 0n
          free(address)
        },
      }
    },
    trim() {
      try {
        ffi.dlopen(null, optional).functions.malloc_trim(0n)
      } catch {
        // This libc has no malloc_trim, and trimming is optional.
      }
    },
    errorName() {
      const errno = ffi.getInt32(errnoLocation())
      return errno === 0 ? 'unknown error' : getSystemErrorName(-errno)
    },
  }
}
