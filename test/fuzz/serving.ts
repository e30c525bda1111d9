// The pipelines of a Corefile with real tables: components read manifests of generated objects, and of those of the other
// tests, and compile them as in the server. No socket is opened.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverName } from '../../src/config.ts'
import { RequestMetrics } from '../../src/kube/request-metrics.ts'
import { Components } from '../../src/server/components.ts'
import { createPipeline, type QueryPipeline, readersOf } from '../../src/server/path/pipeline.ts'
import type { ServerPlan } from '../../src/server/shared/plan.ts'
import { openSource } from '../../src/sources/open.ts'
import { componentHost } from '../support/component-host.ts'
import { configOf } from '../support/config.ts'
import { memoryLog } from '../support/memory-log.ts'
import { manifests } from './objects.ts'

/** By Corefile: all have the same objects. */
const plans = new Map<string, Promise<ServerPlan>>()

/** The plan of a Corefile; DIR in it is the folder of the manifests. */
function planOf(corefile: string): Promise<ServerPlan> {
  const known = plans.get(corefile) ?? makePlan(corefile)
  plans.set(corefile, known)
  return known
}

async function makePlan(corefile: string): Promise<ServerPlan> {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'))
  writeFileSync(join(directory, 'objects.yaml'), manifests())
  const lines: string[] = []
  const { log } = memoryLog(lines)
  const components = new Components()
  const config = configOf(corefile.replaceAll('DIR', directory), 53)
  const host = componentHost({
    log,
    openSource: (request) => openSource(request, { log, requests: new RequestMetrics() }),
    fatal: (_plugin, message) => {
      throw new Error(message)
    },
  })
  const prepared = await components.prepare(config, host)
  prepared.commit()
  const isServing = () => [...prepared.tables.values()].every((table) => table.synced)
  while (!isServing()) await new Promise((done) => setTimeout(done, 20))
  // The tables stay as they are.
  await components.stop()
  rmSync(directory, { recursive: true })
  const listeners = config.groups.map((group) => ({ group, localAddresses: ['192.0.2.53'] }))
  const addresses = config.groups.map((group) => {
    const { address, port, zones } = group
    return { server: serverName(group), address, port, zones }
  })
  return {
    blocks: config.blocks,
    listeners,
    tables: Object.fromEntries([...prepared.tables].map(([key, { handle }]) => [key, handle])),
    shared: prepared.share(addresses),
    counters: prepared.counters,
  }
}

/** The pipeline of the first listener of a Corefile; `writeLine` gets what it logs. */
export async function pipelineOf(
  corefile: string,
  protocol: 'udp' | 'tcp',
  threadCounters: Int32Array,
  writeLine: (line: string) => void,
): Promise<QueryPipeline> {
  const plan = await planOf(corefile)
  const counters = Object.entries(plan.counters).map(
    ([plugin, count]) => [plugin, new Float64Array(count)] as const,
  )
  return createPipeline(0, protocol, {
    plan,
    thread: 0,
    tables: readersOf(plan, 0, new Map()),
    counters: new Map(counters),
    threadCounters,
    outbox: { writeLine, report: (_plugin, line) => writeLine(line) },
    refresh: () => {},
    hasUpstreamThread: false,
    logFormat: 'coredns',
  })
}
