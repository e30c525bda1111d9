// A network namespace for the whole benchmark, so that packets with any sender stay in it.
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { hasProgram } from '../../support/peers.ts'

/** Set in a process that runs in a namespace of its own. */
const MARK = 'BENCH_NAMESPACE'

/** True in a process that `inNamespace` has started: it may send packets with any sender. */
export const isolated = process.env[MARK] !== undefined

/** Runs the command of this process again in a new network namespace; false without the privileges or programs for it. */
export function inNamespace(): boolean {
  if (process.getuid?.() !== 0 || !hasProgram('unshare') || !hasProgram('ip')) return false
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const env = { ...process.env, [MARK]: '1' }
  const { status } = spawnSync('unshare', ['--net', ...again], { env, stdio: 'inherit' })
  process.exitCode = status ?? 1
  return true
}

/** Sets up the namespace of this process: loopback, and a link behind which nobody answers to 10.77.0.0/16. */
export function setUpNamespace(): void {
  for (const line of [
    'link set lo up',
    'link add nobody0 type veth peer name nobody1',
    'link set nobody0 arp off up',
    'link set nobody1 arp off up',
    'address add 10.77.0.1/16 dev nobody0',
  ]) {
    execFileSync('ip', line.split(' '))
  }
  // The server answers from 127.0.0.1.
  writeFileSync('/proc/sys/net/ipv4/conf/nobody0/route_localnet', '1')
}
