// The fleet on real API servers: the time from an endpoint change to the DNS answer of the other cluster, the cost of a
// mass export, the writes without changes, and the memory. Each part can run alone, with its own result file.
import { ensureTools } from '../../test/support/tools.ts'
import { pinTo } from '../support/process.ts'
import { type Findings, publish } from '../support/report.ts'
import { massExport } from './fleet/mass-export.ts'
import { fiftyMembers } from './fleet/members.ts'
import { fleetMemory } from './fleet/memory.ts'
import { fleetPropagation } from './fleet/propagation.ts'
import { quiet } from './fleet/quiet.ts'

/** Part -> its benchmark; `rounds` is ignored by parts without rounds. */
const parts: Readonly<Record<string, (rounds?: number) => Promise<Findings>>> = {
  propagation: fleetPropagation,
  'mass-export': massExport,
  quiet,
  memory: fleetMemory,
  members: fiftyMembers,
}

/** The names of the parts. */
export const fleetParts = Object.keys(parts)

/** Runs all parts and writes bench/results/fleet.md, or one part and writes fleet-<part>.md. */
export async function fleet(part?: string, rounds?: number): Promise<void> {
  const tools = await ensureTools()
  if (!tools.ok) {
    process.stderr.write(`fleet is skipped: ${tools.reason}\n`)
    return
  }
  pinTo('0,1')
  const findings: Findings[] = []
  for (const [name, measure] of Object.entries(parts)) {
    if (part !== undefined && part !== name) continue
    process.stderr.write(`fleet ${name} ...\n`)
    try {
      findings.push(await measure(rounds))
    } catch (error) {
      // Keeps the results of the other parts, which take long.
      process.exitCode = 1
      const [reason = ''] = String(error).split('\n')
      process.stderr.write(`fleet ${name}: ${error instanceof Error ? error.stack : reason}\n`)
      findings.push({ rows: [[name, `not measured: ${reason}`]], goals: [], notes: [] })
    }
  }
  const report = {
    name: part === undefined ? 'fleet' : `fleet-${part}`,
    title: part === undefined ? 'The fleet' : `The fleet: ${part}`,
    columns: ['what', 'measured'],
    rows: findings.flatMap(({ rows }) => rows),
    goals: findings.flatMap(({ goals }) => goals),
    notes: [
      ...findings.flatMap(({ notes }) => notes),
      'Everything runs on the same two cores: etcd and kube-apiserver of each cluster, the fleet, the clients. etcd runs without fsync; the write rate limit is disabled; import mode auto, so all clusters import.',
      `\`npm run bench -- ${['fleet', part, rounds].filter((word) => word !== undefined).join(' ')}\``,
    ],
  }
  publish(report)
}
