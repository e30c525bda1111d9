// The rules of port lists: which ports count at all, which may stand side by side in one Service, and when
// two clusters speak of the same port. Merge, import and derived Service share them, so that a list made
// here is one that an API server accepts.
import { isDnsLabel } from '../../kube/fields.ts'
import { isQualifiedName } from './labels.ts'
import type { Port, ValidExport } from './types.ts'

/**
 * The ports of `lists` in order, each list after the one before it. A port that collides with an earlier
 * one by name, or else by protocol and number, is left out (KEP-1645, "Service Port"), and so is one that
 * no Service could have. An unnamed port stands alone: a Service with several needs a name for each.
 */
export function unitePorts(...lists: readonly (readonly Port[])[]): readonly Port[] {
  const names = new Set<string>()
  const numbers = new Set<string>()
  const united: Port[] = []
  for (const port of lists.flatMap(usablePorts)) {
    const number = `${port.protocol}/${port.port}`
    if (names.has(port.name) || numbers.has(number)) continue
    if (united.length > 0 && (port.name === '' || names.has(''))) continue
    names.add(port.name)
    numbers.add(number)
    united.push(port)
  }
  return united
}

/** The ports that a Service could have, protocol filled in; the others are left out. */
export function usablePorts(ports: readonly Port[]): readonly Port[] {
  return ports.flatMap((port) => {
    const protocol = protocolOf(port.protocol)
    if (protocol === undefined || !isPortNumber(port.port)) return []
    if (port.name !== '' && !isDnsLabel(port.name)) return []
    const appProtocol = isQualifiedName(port.appProtocol) ? port.appProtocol : ''
    return [{ name: port.name, protocol, port: port.port, appProtocol }]
  })
}

/** The ports of `wanted` that `offered` has with the same name, protocol and number. */
export function agreeingPorts(wanted: readonly Port[], offered: readonly Port[]): readonly Port[] {
  const keys = new Set(usablePorts(offered).map(portKey))
  return wanted.filter((port) => keys.has(portKey(port)))
}

/** True when both lists have the same ports in whatever order, appProtocol included. */
export function samePorts(a: readonly Port[], b: readonly Port[]): boolean {
  const keys = new Set(a.map(fullKey))
  const others = new Set(b.map(fullKey))
  return keys.size === others.size && others.isSubsetOf(keys)
}

/** "TCP" for an absent protocol; undefined for an unknown one. */
export function protocolOf(protocol: string): string | undefined {
  if (protocol === '') return 'TCP'
  return ['TCP', 'UDP', 'SCTP'].includes(protocol) ? protocol : undefined
}

/** True for 1 to 65535. */
export function isPortNumber(port: number | undefined): port is number {
  return Number.isInteger(port) && port! >= 1 && port! <= 65_535
}

/** Name, protocol and number: what makes two clusters speak of one port. */
export function portKey(port: Port): string {
  return `${port.name}/${port.protocol}/${port.port}`
}

function fullKey(port: Port): string {
  return `${portKey(port)}/${port.appProtocol}`
}

/** True for a headless Service without ports: its addresses are all that it exports. */
export function isPortless(service: Pick<ValidExport['service'], 'headless' | 'ports'>): boolean {
  return service.headless && service.ports.length === 0
}
