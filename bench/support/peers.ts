// The servers that benchmarks compare, all with the same data: ours with both transports, CoreDNS, NSD, and an echo.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { query } from '../../test/support/dns-client.ts'
import { freePort } from '../../test/support/free-port.ts'
import { ensureTools } from '../../test/support/tools.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { benchService, ZONE } from './objects.ts'
import { type BenchProcess, cpuSeconds, startProcess, startServer } from './process.ts'
import { nsdConfig, zoneFile } from './zone-file.ts'

export type PeerName =
  | 'clusterset-dns'
  | 'clusterset-dns (dgram)'
  | 'clusterset-dns (log)'
  | 'clusterset-dns (single)'
  | 'CoreDNS'
  | 'NSD'
  | 'echo by node:dgram'

/** A running server. */
export interface Peer extends BenchProcess {
  readonly name: PeerName
  readonly port: number
  /** The port of /metrics; NSD and the echo have none. */
  readonly metricsPort: number
  /** Milliseconds from the start until 1,000 sampled names are answered with records. */
  readonly startMs: number
  /** CPU seconds of the server until then: they depend less on what else the machine does. */
  readonly startCpuSeconds: number
}

interface PeerOptions {
  readonly services: number
  /** The port of the API server. */
  readonly apiPort?: number
  /** A kubeconfig in place of `apiPort`. */
  readonly kubeconfig?: string
  readonly cpus: string
  /** True: the directive `errors`, too. */
  readonly errors?: boolean
  /** Sockets and threads; default 1. */
  readonly threads?: number
  /** The folder of our build; default: dist of this checkout. */
  readonly dist?: string
}

/** The API server of replay-apiserver.ts. */
interface ReplayApi extends BenchProcess {
  readonly port: number
  /** Sets the number of changes per second. */
  readonly rate: (perSecond: number) => Promise<void>
  /** Changes one ServiceImport; resolves to its new address. */
  readonly touch: (service: number) => Promise<string>
  /** Expires all watches, so that all clients list again. */
  readonly expire: () => Promise<void>
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Enough time for a server to load 100,000 Services on one core. */
const START_TIMEOUT_MS = 180_000
const SAMPLES = 1000

/** True when the program is on PATH. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`])
    return true
  } catch {
    return false
  }
}

/**
 * Starts the replay API server with this number of imported Services, of Services of the cluster itself, and of endpoints of
 * one large Service (0 = no such Service), on the cores `cpus`.
 */
export async function startReplayApi(
  services: number,
  cpus: string,
  localServices = 0,
  largeEndpoints = 0,
): Promise<ReplayApi> {
  const script = here('./replay-apiserver.ts')
  const counts = [services, 0, localServices, largeEndpoints].map(String)
  const command = [process.execPath, '--max-old-space-size=8000', script, ...counts]
  const server = await startServer({ name: 'the replay API server', command, cpus })
  const { port } = server
  const post = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/bench/${path}`, { method: 'POST' })
    return response.text()
  }
  return {
    ...server,
    rate: async (perSecond) => void (await post(`rate?perSecond=${perSecond}`)),
    expire: async () => void (await post('expire')),
    touch: (service) => post(`touch?service=${service}`),
  }
}

/** Starts a server and waits until it answers with records. */
export async function startPeer(name: PeerName, options: PeerOptions): Promise<Peer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const { services, cpus } = options
  const metricsPort = await freePort()
  const command = await commandOf(name, { port, metricsPort }, folder, options)
  const startedAt = performance.now()
  const child = startProcess({ name, command, cpus })
  if (name === 'echo by node:dgram') await waitFor('the echo', () => child.output() !== '')
  else await untilAnswered(child, port, services)
  const startMs = performance.now() - startedAt
  const startCpuSeconds = cpuSeconds(child.pid)
  return { ...child, name, port, metricsPort, startMs, startCpuSeconds }
}

async function commandOf(
  name: PeerName,
  { port, metricsPort }: { port: number; metricsPort: number },
  folder: string,
  options: PeerOptions,
): Promise<readonly string[]> {
  if (name === 'echo by node:dgram') {
    return [process.execPath, here('../../test/support/echo-dgram.ts'), String(port)]
  }
  if (name === 'NSD') {
    writeFileSync(join(folder, 'zone'), zoneFile(options.services))
    writeFileSync(join(folder, 'nsd.conf'), nsdConfig(folder, port))
    return ['nsd', '-d', '-c', join(folder, 'nsd.conf')]
  }
  const corefile = join(folder, 'Corefile')
  const { apiPort, kubeconfig, threads = 1 } = options
  const source =
    kubeconfig === undefined ? `endpoint http://127.0.0.1:${apiPort}` : `kubeconfig ${kubeconfig}`
  writeFileSync(
    corefile,
    `.:${port} {
  bind 127.0.0.1
  multisocket ${threads}
  prometheus 127.0.0.1:${metricsPort}
  ${name === 'clusterset-dns (log)' ? 'log' : ''}
  ${options.errors ? 'errors' : ''}
  kubernetes ${ZONE} {
    multicluster ${ZONE}
    ${source}
    startup_timeout 1ms
  }
}
`,
  )
  if (name === 'CoreDNS') {
    const tools = await ensureTools()
    if (!tools.ok) throw new Error(tools.reason)
    return [tools.paths.coredns, '-conf', corefile]
  }
  const transport = /\((dgram|single)\)$/.exec(name)?.[1] ?? 'mmsg'
  const cli = join(options.dist ?? here('../../dist'), 'cli.js')
  return [process.execPath, cli, '-conf', corefile, '-transport', transport]
}

async function untilAnswered(child: BenchProcess, port: number, services: number): Promise<void> {
  const step = Math.max(1, Math.floor(services / SAMPLES))
  const open = new Set<number>()
  for (let i = 1; i < services && open.size < SAMPLES; i += step) open.add(i % 10 === 0 ? i + 1 : i)
  await waitFor(
    `${child.name} answers with records`,
    async () => {
      child.check()
      for (const index of open) {
        const { name, namespace } = benchService(index)
        const qname = `${name}.${namespace}.svc.${ZONE}`
        const reply = await query({ port, name: qname, type: 'A', timeoutMs: 500 })
        if (reply.answers.length === 0) return false
        open.delete(index)
      }
      return true
    },
    { timeoutMs: START_TIMEOUT_MS, everyMs: 20 },
  )
}
