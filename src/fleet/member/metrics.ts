// Metrics of the members behind API servers.
import { gauge, type LabeledValue, type MetricFamily, type Sample } from '../../metrics.ts'
import type { KubeCluster } from './kube-cluster.ts'
import type { ObjectCounts } from './object-counts.ts'

/** What the metrics read of a member. */
interface MeasuredMember
  extends Pick<KubeCluster, 'name' | 'bytes' | 'failures' | 'skewMs' | 'tokenMsLeft'> {
  readonly reader: { readonly counts: ObjectCounts }
}

/** The metric families of objects, watch errors, memory, clock skew and tokens, with samples per member. */
export function memberFamilies(members: readonly MeasuredMember[]): MetricFamily[] {
  const errors = 'clusterset_dns_fleet_watch_errors_total'
  const bytes = 'clusterset_dns_fleet_member_bytes'
  const skew = 'clusterset_dns_fleet_clock_skew_seconds'
  const token = 'clusterset_dns_fleet_token_remaining_seconds'
  return [
    ...objectFamilies(members),
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

function objectFamilies(members: readonly MeasuredMember[]): MetricFamily[] {
  const prefix = 'clusterset_dns_fleet'
  const each = (value: (counts: ObjectCounts) => number, labels = {}) =>
    members.map(({ name: cluster, reader }): LabeledValue => {
      return [{ cluster, ...labels }, value(reader.counts)]
    })
  return [
    gauge(
      `${prefix}_exports`,
      'ServiceExports of the cluster.',
      each(({ exports }) => exports),
    ),
    gauge(
      `${prefix}_imports`,
      'ServiceImports of the cluster.',
      each(({ imports }) => imports),
    ),
    gauge(`${prefix}_endpoints`, 'Endpoints that the cluster exports and imports.', [
      ...each(({ exportedEndpoints }) => exportedEndpoints, { direction: 'exported' }),
      ...each(({ importedEndpoints }) => importedEndpoints, { direction: 'imported' }),
    ]),
  ]
}
