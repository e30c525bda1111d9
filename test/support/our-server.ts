// Runs clusterset-dns as a user would, as a process of its own on free loopback ports.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait-for.ts'

export interface OurServerOptions {
  /** May use {$DNS_PORT}, {$METRICS_PORT}, {$HEALTH_PORT} and {$READY_PORT}, as for CoreDNS. */
  readonly corefile: string
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
  readonly cwd?: string
}

export interface OurServer {
  readonly port: number
  readonly metricsPort: number
  readonly healthPort: number
  readonly readyPort: number
  readonly child: Child
  /** Path of the Corefile; rewrite it for reload tests. */
  readonly corefile: string
  readonly output: () => string
  /** Waits until the `ready` plugin says so. */
  readonly ready: (timeoutMs?: number) => Promise<void>
  readonly metrics: () => Promise<string>
  readonly stop: () => Promise<void>
}

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/** Starts the server and waits until it says that it serves. */
export async function startOurServer(options: OurServerOptions): Promise<OurServer> {
  const folder = await mkdtemp(join(tmpdir(), 'clusterset-dns-'))
  const corefile = join(folder, 'Corefile')
  await writeFile(corefile, options.corefile)
  const [port, metricsPort, healthPort, readyPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const args = [CLI, '-conf', corefile, `-dns.port=${port}`, ...(options.args ?? [])]
  const child = startChild('clusterset-dns', process.execPath, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: {
      DNS_PORT: String(port),
      METRICS_PORT: String(metricsPort),
      HEALTH_PORT: String(healthPort),
      READY_PORT: String(readyPort),
      ...options.env,
    },
  })
  const get = async (url: string) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { status: response.status, text: await response.text() }
  }
  const server: OurServer = {
    port,
    metricsPort,
    healthPort,
    readyPort,
    child,
    corefile,
    output: child.output,
    ready: async (timeoutMs = 20_000) => {
      await waitFor(
        'clusterset-dns is ready',
        async () => (await get(`http://127.0.0.1:${readyPort}/ready`)).status === 200,
        { timeoutMs, detail: child.tail },
      )
    },
    metrics: async () => (await get(`http://127.0.0.1:${metricsPort}/metrics`)).text,
    stop: async () => {
      await child.stop(15_000)
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await waitFor(
      'clusterset-dns serves',
      () => {
        if (!child.running()) throw new Error('it has ended')
        return /^clusterset-dns-\d/m.test(child.output())
      },
      { timeoutMs: 30_000, detail: child.tail },
    )
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}
