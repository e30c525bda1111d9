// Descriptors that wake up a thread in poll(2).
import type { Libc } from './libc.ts'

const EFD_NONBLOCK = 0o4000
const EFD_CLOEXEC = 0o2000000

/** Opens an eventfd(2), which is readable after a nonzero number is written. Throws an Error. */
export function openEventfd(libc: Libc): number {
  const fd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
  if (fd < 0) throw new Error(`eventfd: ${libc.errorName()}`)
  return fd
}
