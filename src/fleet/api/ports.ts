// The rules for port lists: which ports are valid, which may be combined in one Service, and when the ports
// of two clusters are the same. Merge, import and derived Service share these rules, so that an API server
// accepts every list built here.
import { isDnsLabel } from '../../kube/fields.ts'
import { isQualifiedName } from './labels.ts'
import type { Port, ValidExport } from './types.ts'

/**
 * The union of `lists`, in order. A port is left out when it is invalid in a Service, or when its name, or its
 * protocol and number, collide with an earlier port (KEP-1645, "Service Port"). An unnamed port is the only
 * one: a Service with several ports needs a name for each.
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

/** The ports that are valid in a Service, with the protocol filled in; invalid ports are left out. */
export function usablePorts(ports: readonly Port[]): readonly Port[] {
  return ports.flatMap((port) => {
    const protocol = protocolOf(port.protocol)
    if (protocol === undefined || !isPortNumber(port.port)) return []
    if (port.name !== '' && !isDnsLabel(port.name)) return []
    const appProtocol = isQualifiedName(port.appProtocol) ? port.appProtocol : ''
    return [{ name: port.name, protocol, port: port.port, appProtocol }]
  })
}

/** The ports of `wanted` that `offered` has too, with the same name, protocol and number. */
export function agreeingPorts(wanted: readonly Port[], offered: readonly Port[]): readonly Port[] {
  const keys = new Set(usablePorts(offered).map(portKey))
  return wanted.filter((port) => keys.has(portKey(port)))
}

/** True when both lists have the same ports in any order, appProtocol included. */
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

/** Name, protocol and number: ports of two clusters are the same when these are equal. */
export function portKey(port: Port): string {
  return `${port.name}/${port.protocol}/${port.port}`
}

function fullKey(port: Port): string {
  return `${portKey(port)}/${port.appProtocol}`
}

/** True for a headless Service without ports: it exports addresses only. */
export function isPortless(service: Pick<ValidExport['service'], 'headless' | 'ports'>): boolean {
  return service.headless && service.ports.length === 0
}
