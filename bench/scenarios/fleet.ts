// The fleet on real API servers: the time from an endpoint change to the DNS answer of the other cluster, the cost of a
// mass export, the writes without changes, and the memory.
import { ensureTools } from '../../test/support/tools.ts'
import { type Parts, runParts } from '../support/parts.ts'
import { pinTo } from '../support/process.ts'
import { massExport } from './fleet/mass-export.ts'
import { fiftyMembers } from './fleet/members.ts'
import { fleetMemory } from './fleet/memory.ts'
import { fleetPropagation } from './fleet/propagation.ts'
import { quiet } from './fleet/quiet.ts'

const parts: Parts = {
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
  const notes = [
    'Everything runs on the same two cores: etcd and kube-apiserver of each cluster, the fleet, the clients. etcd runs without fsync; the write rate limit is disabled; import mode auto, so all clusters import.',
  ]
  await runParts({ name: 'fleet', title: 'The fleet', parts, notes }, part, rounds)
}
