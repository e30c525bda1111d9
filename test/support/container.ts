// Runs Node with this repository in a container, by runc, with the security context of a Pod, as a kubelet has it run. The
// container's root has the programs of this machine. Needs root.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Child, startChild } from './child.ts'

/** The fields of a Pod and of its container that a container runtime applies. */
export interface SecurityContext {
  readonly runAsUser: number
  readonly runAsGroup: number
  readonly allowPrivilegeEscalation: false
  readonly readOnlyRootFilesystem: boolean
  /** No capability is left but those that are added. */
  readonly capabilities: { readonly drop: readonly ['ALL']; readonly add?: readonly string[] }
  readonly sysctls?: readonly { readonly name: string; readonly value: string }[]
}

export interface ContainerOptions {
  readonly security: SecurityContext
  /** Path of a seccomp profile; default: none. */
  readonly seccomp?: string
  /** Arguments of Node. The folder of this repository is /app, and the working directory. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A folder that the container sees at the same path, read-only. */
  readonly folder?: string
  /** A process whose network the container shares; by default it has that of this machine. */
  readonly networkOf?: number
}

export interface Container {
  readonly child: Child
  /** Runs Node in the container with these arguments; resolves to its output. */
  readonly exec: (...args: readonly string[]) => Promise<string>
  readonly kill: (signal: 'SIGTERM' | 'SIGUSR1') => Promise<void>
  readonly stop: () => Promise<void>
}

const run = promisify(execFile)

/** Starts a container; its program may still fail. */
export async function startContainer(runc: string, options: ContainerOptions): Promise<Container> {
  const bundle = await mkdtemp(join(tmpdir(), 'container-'))
  const id = bundle.split('/').at(-1)!
  await mkdir(join(bundle, 'rootfs'))
  // The user of the container enters its root.
  for (const folder of ['', 'rootfs']) await chmod(join(bundle, folder), 0o755)
  await writeFile(join(bundle, 'config.json'), JSON.stringify(await configOf(options)))
  const child = startChild('the container', runc, ['run', '--bundle', bundle, id])
  return {
    child,
    exec: async (...args) => (await run(runc, ['exec', id, '/node', ...args])).stdout,
    kill: async (signal) => void (await run(runc, ['kill', id, signal])),
    stop: async () => {
      await run(runc, ['delete', '--force', id])
      await child.stop()
      await rm(bundle, { recursive: true })
    },
  }
}

const bind = (source: string, destination = source) => ({
  destination,
  source,
  type: 'bind',
  options: ['rbind', 'ro'],
})

/** The config.json of the OCI runtime specification. */
async function configOf(options: ContainerOptions): Promise<object> {
  const { security, seccomp, networkOf, folder } = options
  const namespaces: object[] = ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type }))
  if (networkOf !== undefined)
    namespaces.push({ type: 'network', path: `/proc/${networkOf}/ns/net` })
  const env = { PATH: '/usr/bin:/bin', ...options.env }
  const { uid, gid } = { uid: security.runAsUser, gid: security.runAsGroup }
  // For a user other than root a container runtime grants them in the bounding set only.
  const bounding = (security.capabilities.add ?? []).map((name) => `CAP_${name}`)
  const granted = uid === 0 ? bounding : []
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args: ['/node', ...options.args],
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd: '/app',
      noNewPrivileges: !security.allowPrivilegeEscalation,
      capabilities: { bounding, permitted: granted, effective: granted, inheritable: [] },
    },
    root: { path: 'rootfs', readonly: security.readOnlyRootFilesystem },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ...['/bin', '/etc', '/lib', '/lib64', '/usr'].filter(existsSync).map((path) => bind(path)),
      bind(process.cwd(), '/app'),
      bind(await realpath(process.execPath), '/node'),
      ...(folder === undefined ? [] : [bind(folder)]),
    ],
    linux: {
      namespaces,
      sysctl: Object.fromEntries((security.sysctls ?? []).map(({ name, value }) => [name, value])),
      ...(seccomp === undefined ? {} : { seccomp: JSON.parse(readFileSync(seccomp, 'utf8')) }),
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  }
}
