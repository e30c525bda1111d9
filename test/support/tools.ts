// Finds the real programs of the end-to-end tests, and builds those that are missing.
//
// Order: the folder in KUBEBUILDER_ASSETS (controller-runtime's convention), then our cache folder, then `go build` of
// the modules in test/tools into that cache. Only Go modules are downloaded. As a program (`node test/support/tools.ts`)
// it prepares all tools and prints their paths.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startChild } from './child.ts'

type ToolName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'coredns'

export type ToolPaths = Readonly<Record<ToolName, string>>

/** The paths of the programs, or why they are not available. */
export type ToolsResult =
  | { readonly ok: true; readonly paths: ToolPaths }
  | { readonly ok: false; readonly reason: string }

interface ToolModule<Name extends string = string> {
  readonly folder: string
  readonly tools: readonly Name[]
  readonly minutes: number
  readonly ldflags: string
}

const VERSION = 'k8s.io/component-base/version'
const KUBERNETES_LDFLAGS =
  `-s -w -X ${VERSION}.gitVersion=v1.36.3 ` + `-X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=36`
const MODULES: readonly ToolModule<ToolName>[] = [
  { folder: 'etcd', tools: ['etcd'], minutes: 1, ldflags: '-s -w' },
  { folder: 'coredns', tools: ['coredns'], minutes: 2, ldflags: '-s -w' },
  {
    folder: 'kubernetes',
    tools: ['kube-apiserver', 'kube-controller-manager', 'kubectl'],
    minutes: 7,
    ldflags: KUBERNETES_LDFLAGS,
  },
]
/** Separate from the others: it is built only on machines that can run it. */
const KUBE_PROXY: ToolModule<'kube-proxy'> = {
  folder: 'kube-proxy',
  tools: ['kube-proxy'],
  minutes: 3,
  ldflags: KUBERNETES_LDFLAGS,
}
/** Separate, too: only the tests of the chart need it. */
const HELM: ToolModule<'helm'> = { folder: 'helm', tools: ['helm'], minutes: 3, ldflags: '-s -w' }
const SOURCES = new URL('../tools/', import.meta.url)
const run = promisify(execFile)

export interface EnsureOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly log?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Finds or builds every tool. Rejects only when aborted; any other failure is a `reason`. */
export async function ensureTools(options: EnsureOptions = {}): Promise<ToolsResult> {
  let paths: Partial<ToolPaths> = {}
  for (const module of MODULES) {
    const found = await findOrBuild(module, options)
    if (!found.ok) return found
    paths = { ...paths, ...found.paths }
  }
  return { ok: true, paths: paths as ToolPaths }
}

/** Finds or builds kube-proxy. */
export function ensureKubeProxy(options: EnsureOptions = {}): Promise<Found<'kube-proxy'>> {
  return findOrBuild(KUBE_PROXY, options)
}

/** Finds or builds helm. */
export function ensureHelm(options: EnsureOptions = {}): Promise<Found<'helm'>> {
  return findOrBuild(HELM, options)
}

type Found<Name extends string> =
  | { readonly ok: true; readonly paths: Readonly<Record<Name, string>> }
  | { readonly ok: false; readonly reason: string }

async function findOrBuild<Name extends string>(
  module: ToolModule<Name>,
  options: EnsureOptions,
): Promise<Found<Name>> {
  const { env = process.env, log = (line) => process.stderr.write(`${line}\n`), signal } = options
  const paths = new Map<Name, string>()
  const missing: Name[] = []
  for (const tool of module.tools) {
    const asset = env.KUBEBUILDER_ASSETS ? join(env.KUBEBUILDER_ASSETS, tool) : undefined
    if (asset && (await executable(asset))) paths.set(tool, asset)
    else missing.push(tool)
  }
  if (missing.length > 0) {
    try {
      const folder = await ensureModule(module, missing, await findGo(env), env, log, signal)
      for (const tool of missing) paths.set(tool, join(folder, tool))
    } catch (error) {
      signal?.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      return { ok: false, reason: `${missing.join(', ')}: not in KUBEBUILDER_ASSETS, and ${why}` }
    }
  }
  return { ok: true, paths: Object.fromEntries(paths) as Record<Name, string> }
}

/** The folder of a Go module that `test/tools/FOLDER/go.mod` pins: its CRDs are used, and no program. */
export async function downloadModule(folder: 'mcs-api' | 'prometheus-operator'): Promise<string> {
  const { env } = process
  await findGo(env)
  const module = {
    'mcs-api': 'sigs.k8s.io/mcs-api',
    'prometheus-operator': 'github.com/prometheus-operator/prometheus-operator',
  }[folder]
  const { stdout } = await run('go', ['mod', 'download', '-json', module], {
    cwd: new URL(`${folder}/`, SOURCES),
    env: { ...env, GOTOOLCHAIN: 'local', GOWORK: 'off' },
  })
  return (JSON.parse(stdout) as { Dir: string }).Dir
}

async function findGo(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await run('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { env })
    return stdout.trim().replaceAll(/\s+/g, ' ')
  } catch {
    throw new Error('Go is not installed to build them')
  }
}

async function ensureModule(
  module: ToolModule,
  wanted: readonly string[],
  goVersion: string,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'clusterset-dns', 'tools')
  const source = new URL(`${module.folder}/`, SOURCES)
  const hash = createHash('sha256').update(`${goVersion}\n${module.ldflags}\n`)
  for (const file of ['go.mod', 'go.sum', 'main.go']) {
    hash.update(await readFile(new URL(file, source)))
  }
  const final = join(cache, `${module.folder}-${hash.digest('hex').slice(0, 16)}`)
  const complete = async () => {
    for (const tool of module.tools) if (!(await executable(join(final, tool)))) return false
    return true
  }
  if (await complete()) return final

  await mkdir(cache, { recursive: true })
  const unlock = await lock(`${final}.lock`, log, signal)
  try {
    if (await complete()) return final
    const { minutes } = module
    log(
      `building ${wanted.join(', ')} from ${wanted.length > 1 ? 'their' : 'its'} Go module, once, ` +
        `about ${minutes} minute${minutes > 1 ? 's' : ''} on two cores ...`,
    )
    const started = performance.now()
    const temporary = `${final}.${process.pid}`
    try {
      await mkdir(temporary, { recursive: true })
      const binary = module.tools.length > 1 ? module.folder : module.tools[0]!
      await goBuild(source, join(temporary, binary), module.ldflags, env, signal)
      for (const tool of module.tools) {
        if (tool !== binary) await symlink(binary, join(temporary, tool))
      }
      // Another process may have built them after it took over the lock of a killed builder.
      if (!(await complete())) {
        await rm(final, { recursive: true, force: true })
        await rename(temporary, final)
      }
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    log(`built ${wanted.join(', ')} in ${Math.round((performance.now() - started) / 1000)} s`)
    return final
  } finally {
    await unlock()
  }
}

async function goBuild(
  source: URL,
  output: string,
  ldflags: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false']
  const child = startChild('go build', 'go', [...args, '-ldflags', ldflags, '-o', output, '.'], {
    cwd: source,
    env: { ...env, GOTOOLCHAIN: 'local', GOWORK: 'off' },
  })
  const abort = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', abort, { once: true })
  await child.ended
  signal?.removeEventListener('abort', abort)
  signal?.throwIfAborted()
  if (child.exitCode() !== 0) throw new Error(`go build failed\n${child.tail()}`)
}

// The lock file holds the process id of its owner, so that the lock of a killed builder can be taken over.
async function lock(
  path: string,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<() => Promise<void>> {
  for (let hasLogged = false; ; ) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    const holder = await readFile(path, 'utf8').catch(() => '')
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0)
    const pid = Number(holder)
    if (pid > 0 ? !alive(pid) : age > 10_000) {
      await rm(path, { force: true })
      continue
    }
    if (!hasLogged) log(`waiting for process ${holder}, which builds the same test tools ...`)
    hasLogged = true
    await delay(250, undefined, { signal })
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

if (import.meta.main) {
  const result = await ensureTools()
  if (result.ok) for (const [tool, path] of Object.entries(result.paths)) console.log(tool, path)
  else console.error(result.reason)
  process.exitCode = result.ok ? 0 : 1
}
