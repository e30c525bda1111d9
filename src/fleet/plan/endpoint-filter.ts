// Which endpoints of a source cluster the importing cluster gets: those that the policy of the source allows, without
// addresses in the importing cluster's own network. The cluster may import its own addresses from itself.
import { refusalOf, withTranslated } from '../api/endpoint-addresses.ts'
import type { ImportView } from '../api/types.ts'
import type { ObjectNote } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import type { AddressFilter } from '../slices/endpoints.ts'
import type { PlanOptions } from './plan.ts'

/** Filters the endpoints of source clusters, and remembers which of the own addresses were left out. */
export interface EndpointFilter {
  /** The filter for the endpoints of one source cluster (its id). */
  readonly from: (cluster: string) => AddressFilter
  /** A text for each source cluster with left out endpoints and each reason, sorted. */
  readonly leftOut: () => readonly string[]
}

/** A filter for one import in the cluster of `options`. What the policy of the source refuses is told in its cluster. */
export function endpointFilter(
  { endpointPolicies }: Pick<AggregatedService, 'endpointPolicies'>,
  { cluster: importer, ownAddress }: Pick<PlanOptions, 'cluster' | 'ownAddress'>,
): EndpointFilter {
  /** The least address by source cluster and reason. */
  const examples = new Map<string, string>()
  const from = (source: string): AddressFilter => {
    const policy = endpointPolicies.get(source)!
    return (address) => {
      const refusal = refusalOf(address, policy)
      if (refusal !== undefined || source === importer) return refusal
      const own = withTranslated(address)
        .map(ownAddress)
        .find((why) => why !== undefined)
      if (own === undefined) return undefined
      const topic = `${own} (cluster ${source})`
      const example = examples.get(topic)
      if (example === undefined || address.text < example) examples.set(topic, address.text)
      return own
    }
  }
  const leftOut = () => [...examples].map(([topic, text]) => `addresses such as ${text}, ${topic}`)
  return { from, leftOut: () => leftOut().sort() }
}

/** What the condition `Ready` of an import says about left out endpoints; none when there are none. */
export function leftOutRemarks(leftOut: readonly string[]): readonly string[] {
  return leftOut.length === 0 ? [] : [`Endpoints are left out: ${leftOut.join('; ')}.`]
}

/** The Event about left out endpoints. */
export function leftOutNotes(
  leftOut: readonly string[],
  serviceImport: ImportView,
): readonly ObjectNote[] {
  return leftOutRemarks(leftOut).map((message) => ({
    resource: 'serviceimports',
    namespace: serviceImport.namespace,
    id: serviceImport,
    about: 'own addresses',
    type: 'Warning',
    reason: 'EndpointsLeftOut',
    message,
  }))
}
