// Whether the importing cluster has the endpoints of each source cluster.
import { refusalOf } from '../api/endpoint-addresses.ts'
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import type { ImportRecord, SliceRecord } from '../api/records.ts'
import type { SliceView } from '../api/types.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { importPorts } from '../plan/import-ports.ts'
import { importedSlices } from '../slices/desired-slices.ts'
import { fleetLogs } from './commands.ts'
import type { ClusterFacts, ObjectFacts } from './facts.ts'
import { broken, holds, type Link, warning } from './link.ts'
import { listed, seconds } from './texts.ts'

type Facts = Pick<ObjectFacts, 'name' | 'hub' | 'now'>

/** A link for each source cluster. */
export function sliceLinks(
  cluster: ClusterFacts,
  serviceImport: ImportRecord,
  aggregated: AggregatedService,
  facts: Facts,
): readonly Link[] {
  const { exports, merged, slices, endpointPolicies } = aggregated
  const { served } = importPorts(serviceImport, merged, exports)
  const bySource = Map.groupBy(
    cluster.snapshot.imported,
    ({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? '',
  )
  const links = exports.map(({ export: { cluster: source }, service }) => {
    const policy = endpointPolicies.get(source)!
    const wanted = importedSlices(serviceImport, {
      cluster: source,
      service,
      slices: slices.get(source)!,
      served: served.get(source)!,
      refusalOf: (address) => refusalOf(address, policy),
    })
    return sourceLink(cluster, source, wanted.groups, bySource.get(source) ?? [], facts)
  })
  const known = new Set(exports.map((one) => one.export.cluster))
  const others = [...bySource.keys()].filter((source) => !known.has(source)).sort()
  const at = { id: 'slices', at: cluster.name } as const
  const kept = others.map((source) =>
    warning(
      at,
      `${bySource.get(source)!.length} EndpointSlices of ${source} are kept, whose export was not seen.`,
    ),
  )
  return [...links, ...kept]
}

function sourceLink(
  { name, changedAt }: ClusterFacts,
  source: string,
  wanted: readonly Pick<SliceView, 'endpoints'>[],
  imported: readonly SliceRecord[],
  facts: Facts,
): Link {
  const at = { id: 'slices', at: name } as const
  const expected = addressesOf(wanted)
  const present = addressesOf(imported)
  const missing = [...expected.difference(present)].sort()
  const extra = [...present.difference(expected)].sort()
  const age =
    changedAt === undefined ? '' : ` The last change was ${seconds(facts.now - changedAt)} ago.`
  const count = `${expected.size - missing.length} of ${expected.size} addresses of ${source} are imported`
  if (missing.length > 0) {
    const text = `${count}; these are missing: ${listed(missing)}.${age}`
    return broken(at, text, fleetLogs(facts))
  }
  if (extra.length > 0) {
    return warning(at, `${count}; these are gone in ${source}: ${listed(extra)}.${age}`)
  }
  return holds(at, `${count}.${age}`)
}

function addressesOf(slices: readonly Pick<SliceView, 'endpoints'>[]): Set<string> {
  return new Set(slices.flatMap(({ endpoints }) => endpoints.flatMap((one) => one.addresses)))
}
