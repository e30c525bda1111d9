// Makes system calls that neither the server nor the fleet needs, and prints the error of each as JSON. Their arguments are
// all zero but for those in the table. Needs --experimental-ffi.
//   node --experimental-ffi forbidden-calls.ts NAME...
import { dlopen, getInt32 } from 'node:ffi'
import { getSystemErrorName } from 'node:util'

/** The first argument of a call. */
const ARGUMENTS: Readonly<Record<string, number>> = {
  // CLONE_NEWUTS
  unshare: 0x0400_0000,
  // CLONE_NEWUSER | SIGCHLD
  clone: 0x1000_0011,
  // AF_PACKET
  socket: 17,
}

const { functions: libseccomp } = dlopen('libseccomp.so.2', {
  seccomp_syscall_resolve_name: { arguments: ['string'], return: 'i32' },
})
const { functions: libc } = dlopen(null, {
  syscall: { arguments: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'], return: 'i64' },
  __errno_location: { arguments: [], return: 'pointer' },
})

const errors: Record<string, string> = {}
for (const name of process.argv.slice(2)) {
  const call = BigInt(libseccomp.seccomp_syscall_resolve_name(name))
  const result = libc.syscall(call, BigInt(ARGUMENTS[name] ?? 0), 0n, 0n, 0n, 0n, 0n)
  errors[name] = result === -1n ? getSystemErrorName(-getInt32(libc.__errno_location())) : 'none'
}
console.log(JSON.stringify(errors))
