// Equality of trimmed objects. API servers send MODIFIED for changes that we do not keep (status,
// annotations, managedFields) and relists repeat everything: none of that may wake the compiler.
import type { EndpointSlice, ServiceImport, ServicePort } from './objects.ts'

export function sameImport(a: ServiceImport, b: ServiceImport): boolean {
  if (a === b) return true
  return a.type === b.type && sameTexts(a.ips, b.ips) && samePorts(a.ports, b.ports)
}

export function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  if (a === b) return true
  if (a.service !== b.service || a.cluster !== b.cluster) return false
  if (a.addressType !== b.addressType || !samePorts(a.ports, b.ports)) return false
  return (
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint, i) => {
      const other = b.endpoints[i]!
      return endpoint.hostname === other.hostname && sameTexts(endpoint.addresses, other.addresses)
    })
  )
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}

function samePorts(a: readonly ServicePort[], b: readonly ServicePort[]): boolean {
  if (a === b) return true
  return (
    a.length === b.length &&
    a.every((port, i) => {
      const other = b[i]!
      return (
        port.port === other.port && port.name === other.name && port.protocol === other.protocol
      )
    })
  )
}
