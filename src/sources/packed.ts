// The store keeps each object as one JSON text. A hundred thousand services then take some tens of megabytes, the
// garbage collector has no object graph to trace, and equal objects have equal texts. An object is unpacked only when
// its service is compiled.
import type {
  ClusterService,
  Endpoint,
  EndpointSlice,
  ServiceImport,
  ServicePort,
} from './objects.ts'

/**
 * Ports and endpoints are values in one flat list: field names would be most of the text, and a list for each of 20,000
 * ports most of the memory when it is read. The number of ports is before them: name, protocol, number, name...
 */
type Packed = (string | number | PackedEndpoint)[]

/** The only address of an endpoint without names; or its names, of which most have a host name at most, and addresses. */
type PackedEndpoint =
  | string
  | readonly [
      names: string | readonly [hostname: string, podName: string, zone: string],
      ...addresses: string[],
    ]

/** The text of an import, without name and namespace: those are in the key. */
export function packImport({ type, ips, ports }: ServiceImport): string {
  return JSON.stringify(packed([type], ports, ips))
}

export function unpackImport(key: string, text: string): ServiceImport {
  const values = JSON.parse(text) as Packed
  const ports = unpackPorts(values, 1)
  const ips = values.slice(2 + 3 * ports.length) as string[]
  return { ...nameOf(key), type: values[0] as ServiceImport['type'], ips, ports }
}

/** The text of a Service of the cluster, without name and namespace. */
export function packService({ kind, ips, ports, externalName }: ClusterService): string {
  return JSON.stringify(packed([kind, externalName], ports, ips))
}

export function unpackService(key: string, text: string): ClusterService {
  const values = JSON.parse(text) as Packed
  const [kind, externalName] = values as [ClusterService['kind'], string]
  const ports = unpackPorts(values, 2)
  const ips = values.slice(3 + 3 * ports.length) as string[]
  return { ...nameOf(key), kind, ips, ports, externalName }
}

export function packSlice(slice: EndpointSlice): string {
  const { service, cluster, addressType, ports, endpoints } = slice
  return JSON.stringify(packed([service, cluster, addressType], ports, endpoints.map(packEndpoint)))
}

export function unpackSlice(key: string, text: string): EndpointSlice {
  const values = JSON.parse(text) as Packed
  const [service, cluster, addressType] = values as [string, string, EndpointSlice['addressType']]
  const ports = unpackPorts(values, 3)
  const endpoints: Endpoint[] = []
  for (let i = 4 + 3 * ports.length; i < values.length; i++) {
    endpoints.push(unpackEndpoint(values[i] as PackedEndpoint))
  }
  return { ...nameOf(key), service, cluster, addressType, ports, endpoints }
}

function packEndpoint({ addresses, hostname, podName, zone }: Endpoint): PackedEndpoint {
  if (podName !== '' || zone !== '') return [[hostname, podName, zone], ...addresses]
  return hostname === '' && addresses.length === 1 ? addresses[0]! : [hostname, ...addresses]
}

function unpackEndpoint(one: PackedEndpoint): Endpoint {
  if (typeof one === 'string') return { addresses: [one], hostname: '', podName: '', zone: '' }
  const [names, ...addresses] = one
  const [hostname, podName, zone] = typeof names === 'string' ? [names, '', ''] : names
  return { addresses, hostname, podName, zone }
}

function packed(
  head: readonly string[],
  ports: readonly ServicePort[],
  rest: readonly Packed[number][],
): Packed {
  const values: Packed = new Array(head.length + 1 + 3 * ports.length + rest.length)
  let at = 0
  for (const value of head) values[at++] = value
  values[at++] = ports.length
  for (let i = 0; i < ports.length; i++) {
    const { name, protocol, port } = ports[i]!
    values[at++] = name
    values[at++] = protocol
    values[at++] = port
  }
  for (let i = 0; i < rest.length; i++) values[at++] = rest[i]!
  return values
}

/** The ports, whose number is at `at`. */
function unpackPorts(values: Packed, at: number): ServicePort[] {
  const ports: ServicePort[] = new Array(values[at] as number)
  for (let i = 0; i < ports.length; i++) {
    const first = at + 1 + 3 * i
    const name = values[first] as string
    ports[i] = { name, protocol: values[first + 1] as string, port: values[first + 2] as number }
  }
  return ports
}

/** The name of the service that a packed slice belongs to. */
export function packedService(packed: string): string {
  // The name is a DNS label, so JSON escapes nothing in it.
  return packed.slice(2, packed.indexOf('"', 2))
}

function nameOf(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
