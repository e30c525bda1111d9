// Becomes another program under a seccomp profile, as a container runtime starts it: libseccomp compiles and loads the filter,
// then this process executes the program. Needs --experimental-ffi.
//   node --experimental-ffi seccomp-launcher.ts PROFILE DEFAULT FILE ARGS...
// DEFAULT replaces the profile's action for calls that it does not list: SCMP_ACT_ERRNO or SCMP_ACT_KILL_PROCESS.
import { dlopen } from 'node:ffi'
import { readFileSync } from 'node:fs'

interface Rule {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly Condition[]
}

interface Condition {
  readonly index: number
  readonly value: number
  readonly valueTwo?: number
  readonly op: string
}

/** Numbers of seccomp.h. */
const OPERATORS: Readonly<Record<string, number>> = { SCMP_CMP_EQ: 4, SCMP_CMP_MASKED_EQ: 7 }
const ACTIONS: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
}
const EPERM = 1
/** __NR_SCMP_ERROR */
const NO_SUCH_CALL = -1
/** sizeof(struct scmp_arg_cmp) */
const CONDITION_BYTES = 24

const { functions: libseccomp } = dlopen('libseccomp.so.2', {
  seccomp_init: { arguments: ['u32'], return: 'pointer' },
  seccomp_syscall_resolve_name: { arguments: ['string'], return: 'i32' },
  seccomp_rule_add_array: {
    arguments: ['pointer', 'u32', 'i32', 'u32', 'pointer'],
    return: 'i32',
  },
  seccomp_load: { arguments: ['pointer'], return: 'i32' },
})

function numberOf(table: Readonly<Record<string, number>>, name: string): number {
  const number = table[name]
  if (number === undefined) throw new Error(`the launcher does not know ${name}`)
  return number
}

function actionOf(name: string, errno = EPERM): number {
  const action = numberOf(ACTIONS, name)
  return name === 'SCMP_ACT_ERRNO' ? action | errno : action
}

/** `struct scmp_arg_cmp[]` */
function conditionsOf(args: readonly Condition[]): Buffer {
  const bytes = Buffer.alloc(Math.max(1, args.length) * CONDITION_BYTES)
  for (const [i, { index, op, value, valueTwo = 0 }] of args.entries()) {
    const at = i * CONDITION_BYTES
    bytes.writeUInt32LE(index, at)
    bytes.writeUInt32LE(numberOf(OPERATORS, op), at + 4)
    bytes.writeBigUInt64LE(BigInt(value), at + 8)
    bytes.writeBigUInt64LE(BigInt(valueTwo), at + 16)
  }
  return bytes
}

function check(what: string, result: number): void {
  if (result !== 0) throw new Error(`${what}: error ${result}`)
}

const [profile = '', byDefault = '', file = '', ...rest] = process.argv.slice(2)
const { syscalls } = JSON.parse(readFileSync(profile, 'utf8')) as { syscalls: readonly Rule[] }
const filter = libseccomp.seccomp_init(actionOf(byDefault))
for (const { names, action, errnoRet, args = [] } of syscalls) {
  const code = actionOf(action, errnoRet)
  const conditions = conditionsOf(args)
  for (const name of names) {
    const call = libseccomp.seccomp_syscall_resolve_name(name)
    // A container runtime ignores the names that this architecture lacks, too.
    if (call === NO_SUCH_CALL) continue
    const added = libseccomp.seccomp_rule_add_array(filter, code, call, args.length, conditions)
    check(name, added)
  }
}
check('seccomp_load', libseccomp.seccomp_load(filter))
process.execve?.(file, [file, ...rest])
