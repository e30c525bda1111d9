// Network namespaces for tests; they need root. A process holds each namespace, so it disappears however the test ends.
import { execFile } from 'node:child_process'
import { readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Child, startChild } from './child.ts'
import { waitFor } from './wait-for.ts'

export interface NetNamespace {
  readonly pid: number
  /** Runs a program in the namespace; resolves with its stdout, rejects when it fails. */
  readonly run: (file: string, ...args: readonly string[]) => Promise<string>
  readonly start: (name: string, file: string, ...args: readonly string[]) => Child
  readonly stop: () => Promise<void>
}

/** An environment whose PATH has the programs of an administrator. */
const adminEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

/** Runs a program of an administrator; resolves with its stdout. */
export async function runAsAdmin(file: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args, { env: adminEnv, timeout: 10_000 })).stdout
}

/** Creates a network namespace that has a loopback interface only. */
export async function createNetNamespace(name: string): Promise<NetNamespace> {
  const holder = startChild(name, 'unshare', ['--net', 'sleep', 'infinity'], { env: adminEnv })
  const { pid } = holder
  const enter = ['--target', String(pid), '--net', '--']
  const run = (file: string, ...args: readonly string[]) =>
    runAsAdmin('nsenter', ...enter, file, ...args)
  const stop = () => holder.kill9()
  try {
    const ours = await readlink('/proc/self/ns/net')
    await waitFor(
      `the namespace ${name} exists`,
      async () => (await readlink(`/proc/${pid}/ns/net`)) !== ours,
    )
    await run('ip', 'link', 'set', 'lo', 'up')
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pid,
    run,
    start: (child, file, ...args) =>
      startChild(child, 'nsenter', [...enter, file, ...args], { env: adminEnv }),
    stop,
  }
}

/** Connects two namespaces by a veth pair; both ends are named `name` and have an address each ("10.0.0.1/24"). */
export async function joinNamespaces(
  name: string,
  ...ends: readonly [first: [NetNamespace, string], second: [NetNamespace, string]]
): Promise<void> {
  const [[first], [second]] = ends
  const peer = ['peer', 'name', name, 'netns', String(second.pid)]
  await runAsAdmin('ip', 'link', 'add', name, 'netns', String(first.pid), 'type', 'veth', ...peer)
  for (const [namespace, address] of ends) {
    await namespace.run('ip', 'address', 'add', address, 'dev', name)
    await namespace.run('ip', 'link', 'set', name, 'up')
  }
}

/** Connects a namespace to the machine's network by a veth pair; both ends are named `name`. */
export async function joinMachine(
  name: string,
  ours: string,
  namespace: NetNamespace,
  theirs: string,
): Promise<void> {
  const peer = ['peer', 'name', name, 'netns', String(namespace.pid)]
  await runAsAdmin('ip', 'link', 'add', name, 'type', 'veth', ...peer)
  await runAsAdmin('ip', 'address', 'add', ours, 'dev', name)
  await runAsAdmin('ip', 'link', 'set', name, 'up')
  await namespace.run('ip', 'address', 'add', theirs, 'dev', name)
  await namespace.run('ip', 'link', 'set', name, 'up')
}
