// Starts a DNS server for a test, ours or CoreDNS, with a Corefile in its own folder and free loopback ports.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait-for.ts'

export interface DnsProcessOptions {
  readonly name: string
  /** The program and its first arguments; the arguments of both servers follow. */
  readonly command: readonly [file: string, ...args: string[]]
  readonly args?: readonly string[]
  /** Matches the output once the server listens. */
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
  /** The output so far. */
  readonly output: () => string
  /** Waits until /ready returns 200. */
  readonly ready: (timeoutMs?: number) => Promise<void>
  /** The text of /metrics. */
  readonly metrics: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** Starts the server and waits until it listens. `ready` waits for its data. */
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
