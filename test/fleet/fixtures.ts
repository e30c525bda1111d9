// Builders of the fleet's views for tables. Ports are written "name:number/PROTOCOL!appProtocol"; TCP and an
// absent appProtocol are left out: "http:80 dns:53/UDP :8080".
import type { CanonicalAddress } from '../../src/fleet/api/addresses.ts'
import { anyEndpoint, refusalOf } from '../../src/fleet/api/endpoint-addresses.ts'
import type {
  DerivedServiceView,
  EndpointView,
  ExportView,
  ImportView,
  Port,
  ServiceView,
  SliceView,
  ValidExport,
} from '../../src/fleet/api/types.ts'

export function ports(text: string): Port[] {
  return text
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => {
      const [rest = '', appProtocol = ''] = one.split('!')
      const [name = '', number = ''] = rest.split(':')
      const [port = '', protocol = 'TCP'] = number.split('/')
      return { name, protocol, port: Number(port), appProtocol }
    })
}

export function exportView(change: Partial<ExportView> = {}): ExportView {
  return {
    cluster: 'c1',
    namespace: 'ns',
    name: 'web',
    uid: 'export-uid',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 1,
    exportedLabels: {},
    exportedAnnotations: {},
    conditions: [],
    ...change,
  }
}

export function serviceView(change: Partial<ServiceView> = {}): ServiceView {
  return {
    type: 'ClusterIP',
    headless: false,
    ports: ports('http:80'),
    sessionAffinity: 'None',
    affinityTimeout: undefined,
    internalTrafficPolicy: 'Cluster',
    trafficDistribution: '',
    ipFamilies: ['IPv4'],
    publishNotReadyAddresses: false,
    labels: {},
    ownedByImport: false,
    ...change,
  }
}

export type ExportChange = Partial<ServiceView> & { readonly export?: Partial<ExportView> }

/** The exports of c1, c2, ... from oldest to newest, each with its own changes. */
export function validExports(...changes: readonly ExportChange[]): ValidExport[] {
  return changes.map(({ export: exportChange, ...serviceChange }, i) => ({
    export: exportView({
      cluster: `c${i + 1}`,
      creationTimestamp: `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`,
      ...exportChange,
    }),
    service: serviceView(serviceChange),
  }))
}

export function importView(change: Partial<ImportView> = {}): ImportView {
  return {
    namespace: 'ns',
    name: 'web',
    uid: 'import-uid',
    resourceVersion: '1',
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    generation: 1,
    type: 'ClusterSetIP',
    ports: ports('http:80'),
    ips: [],
    ownIps: false,
    ipFamilies: [],
    ownFamilies: false,
    sessionAffinity: '',
    affinityTimeout: undefined,
    internalTrafficPolicy: '',
    trafficDistribution: '',
    labels: {},
    annotations: {},
    clusters: [],
    conditions: [],
    ...change,
  }
}

/** The Service derived from `importView()` as an API server returns it. */
export function derivedView(change: Partial<DerivedServiceView> = {}): DerivedServiceView {
  const { apiVersion, name, uid } = importView()
  return {
    name: 'amcs-web',
    uid: 'service-uid',
    resourceVersion: '5',
    type: 'ClusterIP',
    clusterIPs: ['10.96.0.7'],
    ipFamilyPolicy: 'PreferDualStack',
    externalIPs: [],
    ports: ports('http:80'),
    hasSelector: false,
    sessionAffinity: 'None',
    affinityTimeout: undefined,
    internalTrafficPolicy: 'Cluster',
    trafficDistribution: '',
    labels: { 'clusterset-dns.io/service-import': 'web' },
    ownerReferences: [{ apiVersion, kind: 'ServiceImport', name, uid }],
    deleting: false,
    ...change,
  }
}

/** A slice of a source cluster; ports as in `ports`, with target ports as numbers. */
export function sliceView(
  portText: string,
  endpoints: readonly (Partial<EndpointView> | string)[],
  change: Partial<SliceView> = {},
): SliceView {
  return {
    addressType: 'IPv4',
    ports: ports(portText),
    endpoints: endpoints.map((one) => endpoint(one)),
    labels: {},
    ...change,
  }
}

/** An endpoint with changed fields, or a ready one with this address. */
export function endpoint(change: Partial<EndpointView> | string): EndpointView {
  return {
    addresses: [],
    conditions: { ready: true, serving: true, terminating: false },
    hostname: '',
    zone: '',
    forZones: [],
    ...(typeof change === 'string' ? { addresses: [change] } : change),
  }
}

/** The filter for endpoints of a cluster without own settings. */
export const anywhere = {
  refusalOf: (address: CanonicalAddress) => refusalOf(address, anyEndpoint),
}
