// The objects of the soak, and what must be answered for them. A slot is one Service, import or Pod; each of its versions
// determines objects and answers, so nothing has to be stored to know what is right.
import type { KubeObject } from '../support/kube-client.ts'

export const NAMESPACES = ['soak-0', 'soak-1', 'soak-2', 'soak-3', 'soak-4'] as const
export const KINDS = ['service', 'headless', 'pod', 'import', 'remote'] as const

/** Two Services of the cluster, a Pod, and two ServiceImports: with an address, and headless with endpoints. */
export type Kind = (typeof KINDS)[number]

export interface Slot {
  readonly kind: Kind
  /** 0 to 1023. */
  readonly index: number
}

export interface Question {
  /** Without a final dot. */
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'SRV' | 'PTR'
}

/** A question with the answer that is right, as `answerText` makes it. */
export interface Expected extends Question {
  readonly answer: string
}

export const NXDOMAIN = 'NXDOMAIN'
const PORTS = [{ name: 'http', port: 80, protocol: 'TCP' }]
/** Addresses repeat after this many versions. */
const ADDRESS_VERSIONS = 250

/** A reply as text that does not depend on the order of records: the rcode, and the data of the answers. */
export function answerText(rcode: string, data: readonly string[]): string {
  return data.length === 0 ? rcode : `${rcode} ${[...data].sort().join(' ')}`
}

/** Version 0 exists. Later ones alternate between new addresses and absence. */
export function exists({ kind }: Slot, version: number): boolean {
  const turns = kind === 'service' || kind === 'pod' ? 2 : 4
  return version % turns !== turns - 1
}

/** The name of the slot's Service, ServiceImport or Pod. Each Pod has a new name, as those of a Deployment. */
function nameOf({ kind, index }: Slot, version: number): string {
  return kind === 'pod' ? `pod-${index}-${version >> 1}` : `${kind}-${index}`
}

function namespaceOf({ index }: Slot): string {
  return NAMESPACES[index % NAMESPACES.length]!
}

/** The addresses of a version, as they are answered for the name of the slot. */
function addressesOf({ kind, index }: Slot, version: number): readonly string[] {
  const [high, low] = [index >> 8, index & 255]
  switch (kind) {
    case 'service':
      return [`10.96.${16 + high}.${low}`]
    case 'pod':
      return [`10.${64 + high}.${(version >> 1) % ADDRESS_VERSIONS}.${low}`]
    case 'import':
      return [`10.${72 + high}.${version % ADDRESS_VERSIONS}.${low}`]
    default: {
      const first = kind === 'headless' ? 128 : 160
      return [0, 1, 2].map((pod) => {
        return `10.${first + 4 * pod + high}.${version % ADDRESS_VERSIONS}.${low}`
      })
    }
  }
}

/** All questions about a slot at a version, with their answers. */
export function expectedOf(slot: Slot, version: number): readonly Expected[] {
  const { kind } = slot
  const addresses = addressesOf(slot, version)
  const namespace = namespaceOf(slot)
  const there = exists(slot, version)
  const when = (answer: string) => (there ? answer : NXDOMAIN)
  if (kind === 'pod') {
    const name = `${addresses[0]!.replaceAll('.', '-')}.${namespace}.pod.cluster.local`
    return [{ name, type: 'A', answer: when(answerText('NOERROR', addresses)) }]
  }
  const zone = kind === 'service' || kind === 'headless' ? 'cluster.local' : 'clusterset.local'
  const name = `${nameOf(slot, version)}.${namespace}.svc.${zone}`
  const both: readonly Expected[] = [
    { name, type: 'A', answer: when(answerText('NOERROR', addresses)) },
    { name, type: 'AAAA', answer: when('NOERROR') },
  ]
  if (kind !== 'service' && kind !== 'import') return both
  const srv = answerText('NOERROR', [`0 100 80 ${name}.`])
  return [...both, { name: `_http._tcp.${name}`, type: 'SRV', answer: when(srv) }]
}

/** The PTR question of a Service that always exists. */
export function reverseOf(slot: Slot): Expected {
  const [address = ''] = addressesOf(slot, 0)
  const [owner] = expectedOf(slot, 0)
  const name = `${address.split('.').reverse().join('.')}.in-addr.arpa`
  return { name, type: 'PTR', answer: answerText('NOERROR', [`${owner!.name}.`]) }
}

/** The objects of a slot at a version at which it exists, in the order of their creation. */
export function objectsOf(slot: Slot, version: number): readonly KubeObject[] {
  const { kind } = slot
  const metadata = { name: nameOf(slot, version), namespace: namespaceOf(slot) }
  const addresses = addressesOf(slot, version)
  switch (kind) {
    case 'pod': {
      const containers = [{ name: 'main', image: 'example/main:1' }]
      const status = { phase: 'Running', podIP: addresses[0]!, podIPs: [{ ip: addresses[0]! }] }
      return [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers }, status }]
    }
    case 'service': {
      const spec = { clusterIP: addresses[0]!, ports: PORTS, selector: { app: metadata.name } }
      return [{ apiVersion: 'v1', kind: 'Service', metadata, spec }]
    }
    case 'headless': {
      const spec = { clusterIP: 'None', ports: PORTS, selector: { app: metadata.name } }
      const labels = { 'kubernetes.io/service-name': metadata.name }
      return [
        { apiVersion: 'v1', kind: 'Service', metadata, spec },
        slice({ ...metadata, labels }, addresses),
      ]
    }
    case 'import':
      return [importOf(metadata, 'ClusterSetIP', addresses)]
    case 'remote': {
      const labels = {
        'multicluster.kubernetes.io/service-name': metadata.name,
        'multicluster.kubernetes.io/source-cluster': 'elsewhere',
      }
      return [importOf(metadata, 'Headless', []), slice({ ...metadata, labels }, addresses)]
    }
  }
}

function importOf(
  metadata: KubeObject['metadata'],
  type: string,
  ips: readonly string[],
): KubeObject {
  const spec = { type, ips, ports: PORTS }
  return { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport', metadata, spec }
}

function slice(metadata: KubeObject['metadata'], addresses: readonly string[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: PORTS,
  }
}
