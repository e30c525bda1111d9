// The fleet on real API servers: how fast an endpoint reaches the other cluster's DNS, what a mass export costs,
// what it writes when nothing happens, and its memory. Each part can be run alone, and has a result of its own.
import { ensureTools } from '../../test/support/tools.ts'
import { pinTo } from '../support/process.ts'
import { type Findings, publish } from '../support/report.ts'
import { massExport } from './fleet/mass-export.ts'
import { fiftyMembers } from './fleet/members.ts'
import { fleetMemory } from './fleet/memory.ts'
import { fleetPropagation } from './fleet/propagation.ts'
import { quiet } from './fleet/quiet.ts'

/** `rounds` is for the part that has some. */
const parts: Readonly<Record<string, (rounds?: number) => Promise<Findings>>> = {
  propagation: fleetPropagation,
  'mass-export': massExport,
  quiet,
  memory: fleetMemory,
  members: fiftyMembers,
}

export const fleetParts = Object.keys(parts)

/** All parts, written to bench/results/fleet.md; or one, to fleet-<part>.md. */
export async function fleet(part?: string, rounds?: number): Promise<void> {
  const tools = await ensureTools()
  if (!tools.ok) {
    process.stderr.write(`fleet is left out: ${tools.reason}\n`)
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
      // The others took too long to be thrown away with it.
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
      'Everything on the same two cores: etcd and kube-apiserver of each cluster, the fleet, the clients. etcd does not wait for the disk; the write budget is lifted; mode auto, so that all clusters import.',
      `\`npm run bench -- ${['fleet', part, rounds].filter((word) => word !== undefined).join(' ')}\``,
    ],
  }
  publish(report)
}
