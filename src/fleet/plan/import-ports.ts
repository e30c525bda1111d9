// The ports of an import, and which of them each exporting cluster serves. The ports that a user lists in the import
// win; a cluster serves a port if its Service has the same name, protocol and number. A port without a name is the only
// one of its protocol and number, whatever the other side calls it. An import that lists no ports gets the merged ones.
import {
  exportedNames,
  isPortless,
  portKey,
  type ServedPort,
  servedPorts,
  unitePorts,
  usablePorts,
} from '../api/ports.ts'
import type { ImportView, Port, ValidExport } from '../api/types.ts'
import type { MergedService } from '../merge/merge-exports.ts'
import { exportsByAge } from '../merge/precedence.ts'

/** The ports of an import, matched with the exports. */
export interface ImportPorts {
  /** The ports of the derived Service; undefined while neither the import nor an export lists any. */
  readonly ports: readonly Port[] | undefined
  /** By id of every exporting cluster: the ports that its endpoints may serve; [] for none. */
  readonly served: ReadonlyMap<string, readonly ServedPort[]>
  /** Ports of the import that no cluster serves or no Service can have, as "http 80/TCP". */
  readonly unserved: readonly string[]
  /** `some`: at least one cluster serves a port, but `unserved` is not empty. */
  readonly match: 'all' | 'some' | 'none'
}

/**
 * Matches the ports of an import with the exports. `merged` is the merge of `exports`. An absent protocol means TCP.
 * The appProtocol comes from the import, else from `former`, else from the oldest export that serves the port.
 * `former` are the ports of the derived Service while there is no merge.
 */
export function importPorts(
  { ports: wanted }: Pick<ImportView, 'ports'>,
  merged: MergedService | undefined,
  exports: readonly ValidExport[],
  former: readonly Port[] = [],
): ImportPorts {
  const ordered = exportsByAge(exports)
  const offered = ordered.flatMap(({ service }) => usablePorts(service.ports))
  const nameOf = exportedNames(offered)
  const hasOwnPorts = wanted.length > 0
  const ports = hasOwnPorts
    ? withAppProtocol(unitePorts(wanted), [...former, ...offered], nameOf)
    : merged?.ports
  const served = new Map(
    ordered.map(({ export: { cluster }, service }) => [
      cluster,
      servedPorts(ports ?? [], service.ports, nameOf),
    ]),
  )
  const kept = new Set(ports?.map(portKey))
  const unserved = hasOwnPorts
    ? wanted.filter((port) => !isServed(port, kept, nameOf)).map(formatPort)
    : []
  const isAnyServed = ordered.some(
    ({ export: { cluster }, service }) => isPortless(service) || served.get(cluster)!.length > 0,
  )
  return { ports, served, unserved, match: matchOf(unserved.length, isAnyServed) }
}

function withAppProtocol(
  ports: readonly Port[],
  offered: readonly Port[],
  nameOf: (port: Port) => string | undefined,
): readonly Port[] {
  // In reverse order, so that the first one wins.
  const appProtocols = new Map(
    offered.toReversed().map((port) => [portKey(port), port.appProtocol]),
  )
  const inherited = (port: Port) =>
    appProtocols.get(portKey(port)) ??
    appProtocols.get(portKey({ ...port, name: nameOf(port) ?? port.name })) ??
    ''
  return ports.map((port) =>
    port.appProtocol === '' ? { ...port, appProtocol: inherited(port) } : port,
  )
}

function isServed(
  port: Port,
  kept: ReadonlySet<string>,
  nameOf: (port: Port) => string | undefined,
): boolean {
  const [usable] = usablePorts([port])
  if (usable === undefined) return false
  return kept.has(portKey(usable)) && nameOf(usable) !== undefined
}

function matchOf(unserved: number, isAnyServed: boolean): ImportPorts['match'] {
  if (unserved === 0) return 'all'
  return isAnyServed ? 'some' : 'none'
}

function formatPort({ name, protocol, port }: Port): string {
  return `${name === '' ? '(unnamed)' : name} ${port}/${protocol || 'TCP'}`
}
