// Reads the MCS objects of one namespace in one cluster: exports, imports, derived Services and imported
// EndpointSlices.
import type { KubeClient, KubeObject } from './kube-client.ts'

const CORE = '/api/v1'
const DISCOVERY = '/apis/discovery.k8s.io/v1'
const SERVICE_NAME = 'multicluster.kubernetes.io/service-name'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

interface Stored extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

export interface Found extends Stored {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly clusters?: readonly { readonly cluster: string }[]
  }
}

export interface Slice extends Stored {
  readonly addressType: string
  readonly ports: readonly {
    readonly name: string
    readonly port: number
    readonly protocol: string
  }[]
  readonly endpoints: readonly {
    readonly addresses: readonly string[]
    readonly hostname?: string
    readonly conditions?: { readonly ready?: boolean }
  }[]
}

export type McsResource = 'serviceexports' | 'serviceimports'

/** A view of one namespace; `version` is the version of the MCS API to read. */
export function mcsView(
  { request }: Pick<KubeClient, 'request'>,
  namespace: string,
  version: 'v1alpha1' | 'v1beta1' = 'v1beta1',
) {
  const mcs = `/apis/multicluster.x-k8s.io/${version}`
  const pathOf = (base: string, plural: string) => `${base}/namespaces/${namespace}/${plural}`
  const get = async (base: string, plural: string, name: string) => {
    const { status, body } = await request<Found>('GET', `${pathOf(base, plural)}/${name}`)
    return status === 200 ? body : undefined
  }
  const slices = async (label: string, value: string) => {
    const selector = encodeURIComponent(`${label}=${value}`)
    const path = `${pathOf(DISCOVERY, 'endpointslices')}?labelSelector=${selector}`
    const { body } = await request<{ items?: Slice[] }>('GET', path)
    return body.items ?? []
  }
  const imported = (service: string) => slices(SERVICE_NAME, service)
  const mcsObject = (plural: McsResource, name: string) => get(mcs, plural, name)
  const conditionsOf = async (plural: McsResource, name: string) =>
    (await mcsObject(plural, name))?.status?.conditions ?? []
  return {
    namespace,
    mcsPath: (plural: McsResource) => pathOf(mcs, plural),
    service: (name: string) => get(CORE, 'services', name),
    serviceExport: (name: string) => mcsObject('serviceexports', name),
    serviceImport: (name: string) => mcsObject('serviceimports', name),
    /** The EndpointSlices of the Service `name`, selected as kube-proxy does. */
    slicesOf: (name: string) => slices('kubernetes.io/service-name', name),
    /** The EndpointSlices imported for `service`. */
    imported,
    /** Their addresses, sorted. */
    addresses: async (service: string) => {
      const all = (await imported(service)).flatMap(({ endpoints }) => endpoints)
      return all.flatMap(({ addresses }) => addresses).sort()
    },
    conditionsOf,
    /** The conditions as "Valid=True/Valid Ready=True/Exported". */
    conditions: async (plural: McsResource, name: string) => {
      const list = await conditionsOf(plural, name)
      return list.map(({ type, status, reason }) => `${type}=${status}/${reason}`).join(' ')
    },
  }
}
