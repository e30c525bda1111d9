// The core's results as bodies of writes. Creates hold whole objects, updates are merge patches of the fields
// that are ours; null takes a field away.
import { HEADLESS_LABEL } from '../api/names.ts'
import type { EndpointView, Policies, SlicePort, StringMap } from '../api/types.ts'
import type { Body } from '../api/writes.ts'
import type { SliceWrite } from '../slices/packing.ts'
import type { DesiredImport } from './auto-import.ts'
import type { DesiredService } from './derived-service.ts'

/** A new Service; `clusterIPs` are asked for, if any. */
export function serviceBody(service: DesiredService, clusterIPs: readonly string[]): Body {
  const { namespace, name, labels, ownerReferences } = service
  const ips = clusterIPs.length === 0 ? {} : { clusterIP: clusterIPs[0], clusterIPs }
  return {
    metadata: { namespace, name, labels, ownerReferences },
    spec: { ...withoutNulls(serviceSpec(service)), ...ips },
  }
}

/** The patch that makes a Service ours again; `changed` as of service-diff.ts. */
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

export function sliceBody(slice: SliceWrite): Body {
  const { namespace, name, labels, ownerReferences, addressType } = slice
  return {
    metadata: { namespace, name, labels, ownerReferences },
    addressType,
    ports: slice.ports.map(slicePortBody),
    endpoints: slice.endpoints.map(endpointBody),
  }
}

export function slicePatch(slice: SliceWrite): Body {
  const { labels, ownerReferences } = slice
  return {
    metadata: { labels: { [HEADLESS_LABEL]: null, ...labels }, ownerReferences },
    ports: slice.ports.map(slicePortBody),
    endpoints: slice.endpoints.map(endpointBody),
  }
}

/** A new ServiceImport. */
export function importBody(namespace: string, name: string, wanted: DesiredImport): Body {
  const { labels, annotations } = wanted
  return {
    metadata: { namespace, name, labels, annotations },
    spec: withoutNulls(importSpec(wanted)),
  }
}

/** The patch of the fields in `changed`; labels and annotations of `existing` that are unwanted go. */
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

// The name of a slice's port is required, an empty one too.
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

/** Without the fields that are null: there is nothing to take away from a new object. */
function withoutNulls(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
}
