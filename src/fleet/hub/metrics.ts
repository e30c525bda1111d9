// Metrics of leader election and of the members' phases. Only the leader reports phases.
import type { MetricFamily, Sample } from '../../metrics.ts'
import type { LeasePhase } from '../api/types.ts'
import type { LeaseState } from './lease-state.ts'

const PHASES: readonly LeasePhase[] = ['fresh', 'suspect', 'expired']

/** The families of the leader gauge and of the member phases; `states` is by cluster id. */
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
      help: '1 while this replica is the leader and may write.',
      samples: [[leader, {}, Number(leads)]],
    },
    {
      name: phase,
      type: 'gauge',
      help: '1 for the current phase of a member: fresh, suspect or expired. Reported by the leader.',
      samples: [...states].flatMap(([cluster, state]) =>
        PHASES.map(
          (name): Sample => [phase, { cluster, phase: name }, Number(state.phase === name)],
        ),
      ),
    },
  ]
}
