// Warnings about the parts of a valid export that cannot be exported: invalid, reserved or too large labels and
// annotations, and unusable endpoints. The conditions of KEP-1645 cannot express them, so they become Events and log
// lines. They explain a Ready import without endpoints.
import { show } from '../../kube/fields.ts'
import { type EndpointPolicy, refusalOf } from '../api/endpoint-addresses.ts'
import { usableFamilies } from '../api/ip-families.ts'
import {
  unusableAnnotationKeys,
  unusableLabelKeys,
  usableAnnotations,
  usableLabels,
} from '../api/labels.ts'
import type { MemberPolicy } from '../api/member-policy.ts'
import { isPortless, usablePorts } from '../api/ports.ts'
import type { ExportRecord } from '../api/records.ts'
import { type KeyTest, withoutReserved } from '../api/reserved-keys.ts'
import type { IpFamily, ServiceView, SliceView, StringMap } from '../api/types.ts'
import type { ObjectNote } from '../api/writes.ts'
import { survivingPorts } from '../slices/desired-slices.ts'
import { addressOfFamily } from '../slices/endpoints.ts'

/** Maximum number of keys that a message lists. */
const MAX_KEYS_SHOWN = 5

/** Returns the warnings about one valid export, its Service and its EndpointSlices. */
export function exportWarnings(
  serviceExport: ExportRecord,
  service: Parameters<typeof endpointProblems>[0],
  slices: Parameters<typeof endpointProblems>[1],
  policy: Pick<MemberPolicy, 'endpoints' | 'isReservedKey'>,
): readonly ObjectNote[] {
  const { cluster, namespace, exportedLabels, exportedAnnotations } = serviceExport
  const { isReservedKey } = policy
  const labels = leftOutKeys(exportedLabels, isReservedKey, usableLabels, unusableLabelKeys)
  const annotations = leftOutKeys(
    exportedAnnotations,
    isReservedKey,
    usableAnnotations,
    unusableAnnotationKeys,
  )
  const endpoints = endpointProblems(service, slices, policy.endpoints)
  const leftOut: readonly (readonly [about: string, reason: string, why: string])[] = [
    ['exportedLabels', 'LabelsLeftOut', labels],
    ['exportedAnnotations', 'AnnotationsLeftOut', annotations],
    ['endpoints', 'EndpointsLeftOut', endpoints],
  ]
  return leftOut
    .filter(([, , why]) => why !== '')
    .map(([about, reason, why]) => ({
      resource: 'serviceexports',
      namespace,
      id: serviceExport,
      about,
      type: 'Warning',
      reason,
      message: `Left out of the ${about} of cluster ${cluster}: ${why}.`,
    }))
}

function leftOutKeys(
  all: StringMap,
  isReserved: KeyTest,
  usableOf: (kept: StringMap) => StringMap,
  unusableOf: (kept: StringMap) => readonly string[],
): string {
  const kept = withoutReserved(all, isReserved)
  const usable = usableOf(kept)
  const count = Object.keys(all).length
  if (count === Object.keys(usable).length) return ''
  const keys = [...Object.keys(all).filter(isReserved), ...unusableOf(kept)].toSorted()
  if (keys.length + Object.keys(usable).length < count) return 'all, because they exceed 64 KiB'
  const shown = keys.slice(0, MAX_KEYS_SHOWN).map(show)
  const more = keys.length > MAX_KEYS_SHOWN ? ` and ${keys.length - MAX_KEYS_SHOWN} more` : ''
  return `${shown.join(', ')}${more} (invalid or reserved)`
}

/** Maximum number of EndpointSlices that a message lists. */
const MAX_SLICES_SHOWN = 3

/** Describes which EndpointSlices have endpoints that cannot be exported, and why; '' if there are none. */
export function endpointProblems(
  service: Pick<ServiceView, 'headless' | 'ports'>,
  slices: readonly (SliceView & { readonly name: string })[],
  policy: EndpointPolicy,
): string {
  const problems = slices
    .map((slice) => ({ name: slice.name, problem: endpointProblem(service, slice, policy) }))
    .filter(({ problem }) => problem !== '')
  const shown = problems
    .slice(0, MAX_SLICES_SHOWN)
    .map(({ name, problem }) => `EndpointSlice ${name}: ${problem}`)
  const more =
    problems.length > MAX_SLICES_SHOWN ? [`and ${problems.length - MAX_SLICES_SHOWN} more`] : []
  return [...shown, ...more].join('; ')
}

function endpointProblem(
  service: Pick<ServiceView, 'headless' | 'ports'>,
  slice: SliceView,
  policy: EndpointPolicy,
): string {
  const { addressType, endpoints, ports } = slice
  if (endpoints.length === 0) return ''
  const [family] = usableFamilies([addressType])
  if (family === undefined) return `addresses of type ${show(addressType)}`
  const surviving = survivingPorts(ports, usablePorts(service.ports))
  if (surviving.length === 0 && !isPortless(service)) {
    return 'no port with the name and protocol of the Service'
  }
  if (endpoints.some(({ addresses }) => addresses.length === 0))
    return 'endpoints without addresses'
  return addressProblem(
    endpoints.flatMap(({ addresses }) => addresses),
    family,
    policy,
  )
}

/** One address of each reason. */
function addressProblem(
  addresses: readonly string[],
  family: IpFamily,
  policy: EndpointPolicy,
): string {
  const examples = new Map<string, string>()
  for (const text of addresses) {
    const address = addressOfFamily(text, family)
    const why = address === undefined ? `not an ${family} address` : refusalOf(address, policy)
    if (why !== undefined && !examples.has(why)) examples.set(why, text)
  }
  return [...examples].map(([why, text]) => `addresses such as ${show(text)} (${why})`).join(', ')
}
