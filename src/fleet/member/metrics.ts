// Metrics of the members behind API servers.
import type { MetricFamily, Sample } from '../../metrics.ts'
import type { KubeCluster } from './kube-cluster.ts'

/** The metric families of watch errors, memory, clock skew and tokens, with a sample per member. */
export function memberFamilies(
  members: readonly Pick<KubeCluster, 'name' | 'bytes' | 'failures' | 'skewMs' | 'tokenMsLeft'>[],
): MetricFamily[] {
  const errors = 'clusterset_dns_fleet_watch_errors_total'
  const bytes = 'clusterset_dns_fleet_member_bytes'
  const skew = 'clusterset_dns_fleet_clock_skew_seconds'
  const token = 'clusterset_dns_fleet_token_remaining_seconds'
  return [
    {
      name: errors,
      type: 'counter',
      help: 'Failures of lists and watches by reason.',
      samples: members.flatMap(({ name: cluster, failures }) =>
        [...failures].flatMap(([resource, reasons]) =>
          [...reasons].map(([reason, count]): Sample => {
            return [errors, { cluster, resource, reason }, count]
          }),
        ),
      ),
    },
    {
      name: bytes,
      type: 'gauge',
      help: 'About how many bytes of memory the objects of the cluster take.',
      samples: members.map((member): Sample => {
        return [bytes, { cluster: member.name }, member.bytes]
      }),
    },
    {
      name: skew,
      type: 'gauge',
      help: 'Seconds by which the clock of the API server is ahead of ours.',
      samples: members.map(({ name: cluster, skewMs }): Sample => {
        return [skew, { cluster }, skewMs / 1000]
      }),
    },
    {
      name: token,
      type: 'gauge',
      help: 'Seconds until the token that is used for the cluster ends.',
      samples: members.flatMap(({ name: cluster, tokenMsLeft }): Sample[] =>
        tokenMsLeft === undefined ? [] : [[token, { cluster }, tokenMsLeft / 1000]],
      ),
    },
  ]
}
