// A DNS server as a process of a test, ours or CoreDNS: with a Corefile in a folder of its own, on free
// loopback ports.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait-for.ts'

export interface DnsProcessOptions {
  readonly name: string
  /** The program, and what stands before the arguments that both servers have. */
  readonly command: readonly [file: string, ...args: string[]]
  readonly args?: readonly string[]
  /** What it prints once it listens. */
  readonly banner: RegExp
  /**
   * The Corefile. `{$DNS_PORT}`, `{$METRICS_PORT}`, `{$HEALTH_PORT}` and `{$READY_PORT}` stand for
   * free ports; a server block without a port listens on DNS_PORT.
   */
  readonly corefile: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly timeoutMs?: number
}

export interface DnsProcess {
  readonly port: number
  readonly metricsPort: number
  readonly healthPort: number
  readonly readyPort: number
  readonly child: Child
  /** Path of the Corefile; rewrite it for reload tests. */
  readonly corefile: string
  /** All that it has printed. */
  readonly output: () => string
  /** Waits until the `ready` plugin says so. */
  readonly ready: (timeoutMs?: number) => Promise<void>
  /** The text of /metrics. */
  readonly metrics: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** Starts it and waits until it listens. Until its data is there, see `ready`. */
export async function startDnsProcess(options: DnsProcessOptions): Promise<DnsProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'dns-'))
  const corefile = join(folder, 'Corefile')
  await writeFile(corefile, options.corefile)
  const ports = {
    port: await freePort(),
    metricsPort: await freePort(),
    healthPort: await freePort(),
    readyPort: await freePort(),
  }
  const [file, ...first] = options.command
  const args = [...first, '-conf', corefile, `-dns.port=${ports.port}`, ...(options.args ?? [])]
  const child = startChild(options.name, file, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: {
      DNS_PORT: String(ports.port),
      METRICS_PORT: String(ports.metricsPort),
      HEALTH_PORT: String(ports.healthPort),
      READY_PORT: String(ports.readyPort),
      ...options.env,
    },
  })
  const stop = async () => {
    await child.stop(15_000)
    await rm(folder, { recursive: true, force: true })
  }
  const get = async (url: string) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { status: response.status, text: await response.text() }
  }
  try {
    await waitFor(
      `${options.name} listens`,
      () => !child.running() || options.banner.test(child.output()),
      { timeoutMs: options.timeoutMs ?? 30_000, detail: child.tail },
    )
    if (!child.running()) throw new Error(`${options.name} did not start\n${child.tail()}`)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...ports,
    child,
    corefile,
    output: child.output,
    ready: async (timeoutMs = 20_000) => {
      await waitFor(
        `${options.name} is ready`,
        async () => (await get(`http://127.0.0.1:${ports.readyPort}/ready`)).status === 200,
        { timeoutMs, detail: child.tail },
      )
    },
    metrics: async () => (await get(`http://127.0.0.1:${ports.metricsPort}/metrics`)).text,
    stop,
  }
}
