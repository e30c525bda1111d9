// The discovery documents of a replayed API server, which has the resources that DNS reads.

const MCS = 'multicluster.x-k8s.io'

/** Kind and apiVersion by resource. */
export const KINDS: Readonly<
  Record<string, { readonly kind: string; readonly apiVersion: string }>
> = {
  namespaces: { kind: 'Namespace', apiVersion: 'v1' },
  services: { kind: 'Service', apiVersion: 'v1' },
  endpointslices: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
  serviceimports: { kind: 'ServiceImport', apiVersion: `${MCS}/v1alpha1` },
}

/** The documents by path; `core` are the resources of the core group. */
export function discoveryDocuments(core: readonly string[]): Readonly<Record<string, object>> {
  return {
    '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/api/v1': resourceList('v1', core),
    '/apis': {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [group('discovery.k8s.io', 'v1'), group(MCS, 'v1alpha1')],
    },
    '/apis/discovery.k8s.io/v1': resourceList('discovery.k8s.io/v1', ['endpointslices']),
    [`/apis/${MCS}`]: { kind: 'APIGroup', apiVersion: 'v1', ...group(MCS, 'v1alpha1') },
    [`/apis/${MCS}/v1alpha1`]: resourceList(`${MCS}/v1alpha1`, ['serviceimports']),
  }
}

function group(name: string, version: string) {
  const entry = { groupVersion: `${name}/${version}`, version }
  return { name, versions: [entry], preferredVersion: entry }
}

function resourceList(groupVersion: string, names: readonly string[]) {
  const resources = names.map((name) => ({
    name,
    singularName: '',
    namespaced: name !== 'namespaces',
    // The server reads no kind here.
    kind: KINDS[name]?.kind ?? '',
    verbs: ['list', 'watch'],
  }))
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
}
