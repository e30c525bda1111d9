// Request bodies of the planned writes. Creates have whole objects. Updates are merge patches of the fields that we
// manage; null removes a field.
import { HEADLESS_LABEL } from '../api/names.ts'
import type { EndpointView, Policies, SlicePort, StringMap } from '../api/types.ts'
import type { Body } from '../api/writes.ts'
import type { SliceWrite } from '../slices/packing.ts'
import type { DesiredImport } from './auto-import.ts'
import type { DesiredService } from './derived-service.ts'

/** The body of a new Service. It requests `clusterIPs`, unless empty. */
export function serviceBody(service: DesiredService, clusterIPs: readonly string[]): Body {
  const { namespace, name, labels, ownerReferences } = service
  const ips = clusterIPs.length === 0 ? {} : { clusterIP: clusterIPs[0], clusterIPs }
  return {
    metadata: { namespace, name, labels, ownerReferences },
    spec: { ...withoutNulls(serviceSpec(service)), ...ips },
  }
}

/** The patch that updates a derived Service. `changed` are the field names of service-diff.ts. */
export function servicePatch(service: DesiredService, changed: readonly string[]): Body {
  const { labels, ownerReferences } = service
  const metadata = {
    ...(changed.includes('labels') ? { labels } : {}),
    ...(changed.includes('ownerReferences') ? { ownerReferences } : {}),
  }
  const isSpecChanged = changed.some((field) => field !== 'labels' && field !== 'ownerReferences')
  const spec = { ...serviceSpec(service), externalIPs: null, loadBalancerSourceRanges: null }
  return { metadata, ...(isSpecChanged ? { spec } : {}) }
}

function serviceSpec(service: DesiredService): Body {
  const { type, headless, ports, ipFamilyPolicy } = service
  return {
    type,
    ...(headless ? { clusterIP: 'None' } : {}),
    ports: ports.map(portBody),
    ipFamilyPolicy,
    ...policiesBody(service),
  }
}

/** The body of a new EndpointSlice. */
export function sliceBody(slice: SliceWrite): Body {
  const { namespace, name, labels, ownerReferences, addressType } = slice
  return {
    metadata: { namespace, name, labels, ownerReferences },
    addressType,
    ports: slice.ports.map(slicePortBody),
    endpoints: slice.endpoints.map(endpointBody),
  }
}

/** The patch that updates an EndpointSlice. It removes the label of headless Services where it is not wanted. */
export function slicePatch(slice: SliceWrite): Body {
  const { labels, ownerReferences } = slice
  return {
    metadata: { labels: { [HEADLESS_LABEL]: null, ...labels }, ownerReferences },
    ports: slice.ports.map(slicePortBody),
    endpoints: slice.endpoints.map(endpointBody),
  }
}

/** The body of a new ServiceImport with the given `spec.ips` and `spec.ipFamilies`. */
export function importBody(
  namespace: string,
  name: string,
  wanted: DesiredImport,
  addresses: { readonly ips?: readonly string[]; readonly ipFamilies?: readonly string[] },
): Body {
  const { labels, annotations } = wanted
  return {
    metadata: { namespace, name, labels, annotations },
    spec: { ...withoutNulls(importSpec(wanted)), ...addresses },
  }
}

/** The patch of the fields in `changed`. Labels and annotations of `existing` that `wanted` lacks are removed. */
export function importPatch(
  wanted: DesiredImport,
  existing: { readonly labels: StringMap; readonly annotations: StringMap },
  changed: readonly string[],
): Body {
  const metadata: Record<string, unknown> = {}
  for (const field of ['labels', 'annotations'] as const) {
    if (changed.includes(field))
      metadata[field] = { ...nullsFor(existing[field]), ...wanted[field] }
  }
  const spec = Object.entries(importSpec(wanted)).filter(([field]) => changed.includes(field))
  return { metadata, ...(spec.length > 0 ? { spec: Object.fromEntries(spec) } : {}) }
}

function importSpec(wanted: DesiredImport): Body {
  return { type: wanted.type, ports: wanted.ports.map(portBody), ...policiesBody(wanted) }
}

function policiesBody(policies: Policies): Body {
  const { sessionAffinity, affinityTimeout, internalTrafficPolicy, trafficDistribution } = policies
  return {
    sessionAffinity,
    sessionAffinityConfig:
      affinityTimeout === undefined ? null : { clientIP: { timeoutSeconds: affinityTimeout } },
    internalTrafficPolicy,
    trafficDistribution: trafficDistribution || null,
  }
}

function portBody({ name, protocol, port, appProtocol }: SlicePort): Body {
  return {
    ...(name === '' ? {} : { name }),
    protocol,
    port,
    ...(appProtocol === '' ? {} : { appProtocol }),
  }
}

// EndpointSlice ports always have a name, even an empty one.
function slicePortBody(port: SlicePort): Body {
  return { ...portBody(port), name: port.name }
}

function endpointBody({ addresses, conditions, hostname, zone, forZones }: EndpointView): Body {
  const hints = { forZones: forZones.map((name) => ({ name })) }
  return {
    addresses,
    conditions,
    ...(hostname === '' ? {} : { hostname }),
    ...(zone === '' ? {} : { zone }),
    ...(forZones.length === 0 ? {} : { hints }),
  }
}

function nullsFor(texts: StringMap): Body {
  return Object.fromEntries(Object.keys(texts).map((key) => [key, null]))
}

/** The body without null fields, as a new object has nothing to remove. */
function withoutNulls(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
}
