// Runs the real CoreDNS on free loopback ports: the oracle of the differential tests, and the
// server in front of ours in the forward tests.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait-for.ts'

export interface CoreDnsOptions {
  /** Path of the program, from `ToolPaths`. */
  readonly coredns: string
  /**
   * The Corefile. `{$DNS_PORT}`, `{$METRICS_PORT}`, `{$HEALTH_PORT}` and `{$READY_PORT}` stand for
   * free ports; a server block without a port listens on DNS_PORT.
   */
  readonly corefile: string
  /** Default: a free port. */
  readonly port?: number
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutMs?: number
}

export interface CoreDns {
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

/** Starts CoreDNS and waits until it listens. Until its data is there, see `ready`. */
export async function startCoreDNS(options: CoreDnsOptions): Promise<CoreDns> {
  const folder = await mkdtemp(join(tmpdir(), 'coredns-'))
  const corefile = join(folder, 'Corefile')
  await writeFile(corefile, options.corefile)
  const port = options.port ?? (await freePort())
  const [metricsPort, healthPort, readyPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
  ])
  const child = startChild('coredns', options.coredns, [`-dns.port=${port}`, '-conf', corefile], {
    env: {
      DNS_PORT: String(port),
      METRICS_PORT: String(metricsPort),
      HEALTH_PORT: String(healthPort),
      READY_PORT: String(readyPort),
      ...options.env,
    },
  })
  const stop = async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const get = async (url: string) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { status: response.status, text: await response.text() }
  }
  try {
    await waitFor(
      'CoreDNS listens',
      () => {
        if (!child.running()) return 'ended'
        return /^CoreDNS-\d/m.test(child.output())
      },
      { timeoutMs: options.timeoutMs ?? 20_000, detail: child.tail },
    )
    if (!child.running()) throw new Error(`CoreDNS did not start\n${child.tail()}`)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    metricsPort,
    healthPort,
    readyPort,
    child,
    corefile,
    output: child.output,
    ready: async (timeoutMs = 15_000) => {
      await waitFor(
        'CoreDNS is ready',
        async () => (await get(`http://127.0.0.1:${readyPort}/ready`)).status === 200,
        { timeoutMs, detail: child.tail },
      )
    },
    metrics: async () => (await get(`http://127.0.0.1:${metricsPort}/metrics`)).text,
    stop,
  }
}
