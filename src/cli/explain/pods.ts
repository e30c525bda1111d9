// The endpoints of an exported Service, and what its Pods say about those that are not ready.
import {
  conditionsOf,
  isDeleting,
  nestedObject,
  objectsOf,
  stringOf,
  stringsOf,
} from '../../fleet/api/unstructured.ts'
import type { EndpointFact } from '../../fleet/explain/facts.ts'

/** The endpoints in raw EndpointSlices, and the Pods of the Service that are in none of them. */
export function endpointFacts(
  slices: readonly unknown[],
  pods: readonly unknown[],
): readonly EndpointFact[] {
  const byName = new Map(pods.map((pod) => [stringOf(nestedObject(pod, 'metadata').name), pod]))
  const endpoints = slices.flatMap((slice) =>
    objectsOf(nestedObject(slice).endpoints).map((endpoint): EndpointFact => {
      const [address = ''] = stringsOf(endpoint.addresses)
      const target = nestedObject(endpoint, 'targetRef')
      const pod = target.kind === 'Pod' ? stringOf(target.name) : ''
      // An absent condition means ready (EndpointSlice API).
      const ready = nestedObject(endpoint, 'conditions').ready !== false
      return { address, pod, ready, why: ready ? '' : whyNotReady(byName.get(pod)) }
    }),
  )
  const known = new Set(endpoints.map(({ pod }) => pod))
  const others = [...byName].filter(([name]) => !known.has(name))
  return [
    ...endpoints,
    ...others.map(([pod, raw]) => ({ address: '', pod, ready: false, why: whyNotReady(raw) })),
  ]
}

/** Why a raw Pod is not ready, in a few words; '' when it does not tell. */
function whyNotReady(pod: unknown): string {
  if (pod === undefined) return ''
  if (isDeleting(nestedObject(pod, 'metadata'))) return 'it is being deleted'
  const status = nestedObject(pod, 'status')
  for (const container of objectsOf(status.containerStatuses)) {
    const state = nestedObject(container, 'state')
    const reason = stringOf(
      nestedObject(state, 'waiting').reason || nestedObject(state, 'terminated').reason,
    )
    if (reason !== '') return `container ${stringOf(container.name)}: ${reason}`
    if (container.ready === false && state.running !== undefined) {
      return `container ${stringOf(container.name)} runs, but its readiness probe does not succeed`
    }
  }
  const conditions = conditionsOf(status.conditions)
  const negative = conditions.find((one) => one.status === 'False' && one.message !== '')
  return negative?.message ?? stringOf(status.phase)
}
