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
    const number = numberKey(port)
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

/** A port of an import that an exported Service serves. */
export interface ServedPort extends Port {
  /** The name of the port in the exported Service, where it is another one. */
  readonly sourceName?: string
}

/**
 * Returns the function that finds the name which a port of an import has in the exports, whose ports are `offered`: its own
 * name, or the only name that they have for its protocol and number if one of the two is empty. A Service with one port
 * needs no name for it. The function returns undefined for a port that no export serves.
 */
export function exportedNames(offered: readonly Port[]): (port: Port) => string | undefined {
  const names = new Map<string, Set<string>>()
  for (const port of offered) {
    const key = numberKey(port)
    names.set(key, (names.get(key) ?? new Set()).add(port.name))
  }
  return (port) => {
    const candidates = names.get(numberKey(port)) ?? new Set()
    if (candidates.has(port.name)) return port.name
    const [only] = candidates
    return candidates.size === 1 && (port.name === '' || only === '') ? only : undefined
  }
}

/** The ports of `wanted` that the Service with the ports `offered` has too; `nameOf` is from `exportedNames`. */
export function servedPorts(
  wanted: readonly Port[],
  offered: readonly Port[],
  nameOf: (port: Port) => string | undefined,
): readonly ServedPort[] {
  const keys = new Set(usablePorts(offered).map(portKey))
  return wanted.flatMap((port) => {
    const name = nameOf(port)
    if (name === undefined || !keys.has(portKey({ ...port, name }))) return []
    return [name === port.name ? port : { ...port, sourceName: name }]
  })
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

function numberKey({ protocol, port }: Port): string {
  return `${protocol}/${port}`
}

function fullKey(port: Port): string {
  return `${portKey(port)}/${port.appProtocol}`
}

/** True for a headless Service without ports: it exports addresses only. */
export function isPortless(service: Pick<ValidExport['service'], 'headless' | 'ports'>): boolean {
  return service.headless && service.ports.length === 0
}
