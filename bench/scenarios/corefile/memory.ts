// Memory with everything that a cluster fills: Services, EndpointSlices, verified Pods and cached names.
import { setTimeout as delay } from 'node:timers/promises'
import { cachedLine, linesFile } from '../../support/corefile-queries.ts'
import { SIDES, type Side } from '../../support/corefile-servers.ts'
import { runLoad } from '../../support/dnsperf.ts'
import { memoryOf } from '../../support/process.ts'
import { type Findings, ratioGoal, ratioOf } from '../../support/report.ts'
import { CLIENT_CPU } from '../qps.ts'
import { SERVICES, startRig } from './rig.ts'

const CACHED = 10_000
/** The servers release memory some time after a load. The cache holds its entries longer than its TTL of 30 s. */
const SETTLE_MS = 15_000

/** RSS with 10,000 Services, slices and verified Pods, after a load on 10,000 external names. */
export async function corefileMemory(): Promise<Findings> {
  const results = new Map<Side, { rss: number; anonymous: number }>()
  const failures: string[] = []
  for (const side of SIDES) {
    const rig = await startRig({ imports: 1000, sides: [side] })
    try {
      failures.push(...rig.failures)
      for (const { port, pid } of rig.servers) {
        const queries = linesFile(cachedLine(CACHED), 200_000)
        await runLoad({ port, queries, seconds: 5, cpus: CLIENT_CPU })
        await delay(SETTLE_MS)
        results.set(side, memoryOf(pid))
      }
    } finally {
      await rig.stop()
    }
  }
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  const what = 'RSS with 10,000 of each against CoreDNS'
  const [ours, theirs] = SIDES.map((side) => results.get(side)?.rss)
  return {
    rows: [...results].map(([side, { rss, anonymous }]) => [
      `${side}, RSS with ${SERVICES} Services, slices and verified Pods, 1000 imports, ${CACHED} cached names`,
      `${megabytes(rss)}, ${megabytes(anonymous)} of it anonymous`,
    ]),
    goals: [ratioGoal(what, ratioOf(ours, theirs), undefined, 0.75)],
    notes: failures,
  }
}
