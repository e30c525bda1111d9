// What the parts of the benchmark `corefile` share: an API server, upstreams, and both servers with the whole Corefile.
import {
  type CorefileServer,
  SIDES,
  type Side,
  startCorefileServer,
} from '../../support/corefile-servers.ts'
import { type LoadOptions, runLoad } from '../../support/dnsperf.ts'
import { startNative } from '../../support/native.ts'
import { startReplayApi } from '../../support/peers.ts'
import { cpuSeconds } from '../../support/process.ts'
import { median } from '../../support/stats.ts'
import { CLIENT_CPU, SERVER_CPU } from '../qps.ts'

export const SERVICES = 10_000
export const IMPORTS = 10_000

export interface Rig {
  /** The servers that started, ours first. */
  readonly servers: readonly CorefileServer[]
  /** Why a server did not start. */
  readonly failures: readonly string[]
  readonly stop: () => Promise<void>
}

interface RigOptions {
  readonly services?: number
  readonly imports?: number
  /** The arguments of each upstream (support/upstream.c); `refused` is a port without a server. Default: one, at once. */
  readonly upstreams?: readonly string[]
  readonly sides?: readonly Side[]
  /** Endpoints of one large Headless Service. Default: no such Service. */
  readonly large?: number
  /** More directives, which only our server has. */
  readonly ours?: string
  /** More directives, which both servers have. */
  readonly both?: string
}

/** Starts everything. A server that does not start is a failure of the report, not of the benchmark. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { services = SERVICES, imports = IMPORTS, upstreams = ['0'], sides = SIDES } = options
  const { large = 0, ours = '', both = '' } = options
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of stops.reverse()) await end()
  }
  try {
    const api = await startReplayApi(imports, CLIENT_CPU, services, large)
    stops.push(api.stop)
    const ports: number[] = []
    for (const upstream of upstreams) {
      const server = await startNative(
        'upstream',
        CLIENT_CPU,
        upstream === 'refused' ? '0' : upstream,
      )
      if (upstream === 'refused') await server.stop()
      else stops.push(server.stop)
      ports.push(server.port)
    }
    const servers: CorefileServer[] = []
    const failures: string[] = []
    for (const side of sides) {
      try {
        const server = await startCorefileServer(side, {
          apiPort: api.port,
          imports,
          services,
          upstreams: ports,
          cpus: SERVER_CPU,
          ours,
          both,
        })
        stops.push(server.stop)
        servers.push(server)
      } catch (error) {
        const lines = String(error).split('\n')
        failures.push(
          `${side} did not start: ${lines.find((line) => /rror/.test(line.slice(6))) ?? lines[0]}`,
        )
      }
    }
    for (const failure of failures) process.stderr.write(`${failure}\n`)
    return { servers, failures, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export interface Load extends Omit<LoadOptions, 'port' | 'cpus' | 'queries'> {
  readonly what: string
  /** The path of the data file of a round; the same for all servers in it. */
  readonly queries: (round: number) => string
}

/** The median of a server's answers per CPU second under a load, and all queries without a reply. */
export interface PerCpu {
  readonly perCpuSecond: number
  readonly queriesPerSecond: number
  readonly lost: number
  /** Replies with SERVFAIL or REFUSED. */
  readonly failed: number
}

/** Measures each load on each server in turn, `rounds` times. */
export async function inTurn(
  servers: readonly CorefileServer[],
  loads: readonly Load[],
  rounds: number,
): Promise<(side: Side, what: string) => PerCpu | undefined> {
  const results = new Map<
    string,
    { perCpu: number[]; rate: number[]; lost: number; failed: number }
  >()
  for (let round = 0; round < rounds; round++) {
    for (const { what, queries, ...load } of loads) {
      const file = queries(round)
      for (const server of servers) {
        const before = cpuSeconds(server.pid)
        const { port } = server
        const done = await runLoad({ ...load, queries: file, port, cpus: CLIENT_CPU })
        const used = cpuSeconds(server.pid) - before
        server.check()
        const key = `${server.side} ${what}`
        const result = results.get(key) ?? { perCpu: [], rate: [], lost: 0, failed: 0 }
        result.perCpu.push(done.completed / used)
        result.rate.push(done.queriesPerSecond)
        result.lost += done.lost
        result.failed += done.failed
        results.set(key, result)
        const shown = `${Math.round(done.queriesPerSecond)}/s, ${Math.round(done.completed / used)} per CPU second`
        process.stderr.write(
          `${server.side}, ${what}: ${shown}, ${done.lost} lost, ${done.failed} failed\n`,
        )
      }
    }
  }
  return (side, what) => {
    const result = results.get(`${side} ${what}`)
    if (result === undefined) return undefined
    const { perCpu, rate, lost, failed } = result
    return { perCpuSecond: median(perCpu), queriesPerSecond: median(rate), lost, failed }
  }
}

export const thousands = (value: number) => `${(value / 1000).toFixed(1)}k`
