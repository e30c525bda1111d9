// What the Leases come to, for /metrics. A replica that does not lead knows nothing of the members' phases.
import type { MetricFamily, Sample } from '../../metrics.ts'
import type { LeasePhase } from '../api/types.ts'
import type { LeaseState } from './lease-state.ts'

const PHASES: readonly LeasePhase[] = ['fresh', 'suspect', 'expired']

export function leaseFamilies(
  leads: boolean,
  states: ReadonlyMap<string, LeaseState>,
): MetricFamily[] {
  const leader = 'clusterset_dns_fleet_leader'
  const phase = 'clusterset_dns_fleet_member_phase'
  return [
    {
      name: leader,
      type: 'gauge',
      help: '1 while this replica leads and may write.',
      samples: [[leader, {}, Number(leads)]],
    },
    {
      name: phase,
      type: 'gauge',
      help: '1 for the phase that the leader sees a member in: fresh, suspect or expired.',
      samples: [...states].flatMap(([cluster, state]) =>
        PHASES.map(
          (name): Sample => [phase, { cluster, phase: name }, Number(state.phase === name)],
        ),
      ),
    },
  ]
}
