// The store keeps each object as one JSON text. A hundred thousand services then take some tens of megabytes, the
// garbage collector has no object graph to trace, and equal objects have equal texts. An object is unpacked only when
// its service is compiled.
import type { Endpoint, EndpointSlice, ServiceImport, ServicePort } from './objects.ts'

/** A port in a text: names of its fields would be most of it. */
type PackedPort = readonly [name: string, protocol: string, port: number]

/** The names of an endpoint, then its addresses. Most endpoints have at most a host name. */
type PackedEndpoint = readonly [
  names: string | readonly [hostname: string, podName: string, zone: string],
  ...addresses: string[],
]

/** The text of an import, without name and namespace: those are in the key. */
export function packImport({ type, ips, ports }: ServiceImport): string {
  return JSON.stringify([type, ips, ports.map(packPort)])
}

export function unpackImport(key: string, packed: string): ServiceImport {
  const [type, ips, ports] = JSON.parse(packed) as [
    ServiceImport['type'],
    ServiceImport['ips'],
    readonly PackedPort[],
  ]
  return { ...nameOf(key), type, ips, ports: ports.map(unpackPort) }
}

export function packSlice(slice: EndpointSlice): string {
  const { service, cluster, addressType, ports } = slice
  const endpoints = slice.endpoints.map(packEndpoint)
  return JSON.stringify([service, cluster, addressType, ports.map(packPort), ...endpoints])
}

export function unpackSlice(key: string, packed: string): EndpointSlice {
  const [service, cluster, addressType, ports, ...rest] = JSON.parse(packed) as [
    string,
    string,
    EndpointSlice['addressType'],
    readonly PackedPort[],
    ...PackedEndpoint[],
  ]
  const endpoints = rest.map(unpackEndpoint)
  const slice = { service, cluster, addressType, ports: ports.map(unpackPort), endpoints }
  return { ...nameOf(key), ...slice }
}

function packEndpoint({ addresses, hostname, podName, zone }: Endpoint): PackedEndpoint {
  const names = podName === '' && zone === '' ? hostname : ([hostname, podName, zone] as const)
  return [names, ...addresses]
}

function unpackEndpoint([names, ...addresses]: PackedEndpoint): Endpoint {
  const [hostname, podName, zone] = typeof names === 'string' ? [names, '', ''] : names
  return { addresses, hostname, podName, zone }
}

function packPort({ name, protocol, port }: ServicePort): PackedPort {
  return [name, protocol, port]
}

function unpackPort([name, protocol, port]: PackedPort): ServicePort {
  return { name, protocol, port }
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
