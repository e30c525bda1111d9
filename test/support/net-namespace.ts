// Network namespaces that end with the test: each is held by a process of its own, so that nothing is left behind
// however the test ends. For root only.
import { execFile } from 'node:child_process'
import { readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Child, startChild } from './child.ts'
import { waitFor } from './wait-for.ts'

export interface NetNamespace {
  readonly pid: number
  /** Runs a program in it to its end and gives what it printed; rejects when it fails. */
  readonly run: (file: string, ...args: readonly string[]) => Promise<string>
  readonly start: (name: string, file: string, ...args: readonly string[]) => Child
  readonly stop: () => Promise<void>
}

/** The environment in which programs of an administrator are found. */
export const adminEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

/** Runs a program of an administrator. */
export async function runAsAdmin(file: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args, { env: adminEnv, timeout: 10_000 })).stdout
}

/** An empty network but for its loopback. */
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
      `the namespace ${name} is there`,
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

/** Joins two namespaces by a pair of interfaces that are called alike, each with its address ("10.0.0.1/24"). */
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

/** Joins a namespace with the machine's own network, where the interface `name` is until the namespace ends. */
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
