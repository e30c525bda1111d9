// Which ports an import has, and which of them each exporting cluster serves. The import is its user's:
// where it lists ports, those are the ports, and a cluster serves one when its Service has the same name,
// protocol and number. An import that lists none takes the merged ones.
import { agreeingPorts, isPortless, portKey, unitePorts, usablePorts } from '../api/ports.ts'
import type { ImportView, Port, ValidExport } from '../api/types.ts'
import type { MergedService } from '../merge/merge-exports.ts'
import { exportsByAge } from '../merge/precedence.ts'

export interface ImportPorts {
  /** The ports of the import's Service; undefined while neither import nor export name any. */
  readonly ports: readonly Port[] | undefined
  /** By cluster id, for every exporting cluster, what its endpoints may serve; [] means nothing. */
  readonly served: ReadonlyMap<string, readonly Port[]>
  /** Ports of the import, as a person reads them, that no cluster serves or no Service can have. */
  readonly unserved: readonly string[]
  /** Some: at least one cluster serves something, but there are `unserved` ones. */
  readonly match: 'all' | 'some' | 'none'
}

/**
 * Judges the ports of an import. `merged` is the merge of `exports`. An absent protocol counts as TCP; the
 * import's appProtocol wins, and where it has none that of `former` counts, else the oldest export's that serves the
 * port. `former` are the ports of the Service while nobody can say what they should be.
 */
export function importPorts(
  { ports: wanted }: Pick<ImportView, 'ports'>,
  merged: MergedService | undefined,
  exports: readonly ValidExport[],
  former: readonly Port[] = [],
): ImportPorts {
  const ordered = exportsByAge(exports)
  const offered = ordered.flatMap(({ service }) => usablePorts(service.ports))
  const hasOwnPorts = wanted.length > 0
  const ports = hasOwnPorts
    ? withAppProtocol(unitePorts(wanted), [...former, ...offered])
    : merged?.ports
  const served = new Map(
    ordered.map(({ export: { cluster }, service }) => [
      cluster,
      agreeingPorts(ports ?? [], service.ports),
    ]),
  )
  const offers = new Set(offered.map(portKey))
  const kept = new Set(ports?.map(portKey))
  const unserved = hasOwnPorts
    ? wanted.filter((port) => !isServed(port, kept, offers)).map(formatPort)
    : []
  const isAnyServed = ordered.some(
    ({ export: { cluster }, service }) => isPortless(service) || served.get(cluster)!.length > 0,
  )
  return { ports, served, unserved, match: matchOf(unserved.length, isAnyServed) }
}

function withAppProtocol(ports: readonly Port[], offered: readonly Port[]): readonly Port[] {
  // From last to first, so that the first remains.
  const appProtocols = new Map(
    offered.toReversed().map((port) => [portKey(port), port.appProtocol]),
  )
  return ports.map((port) =>
    port.appProtocol === ''
      ? { ...port, appProtocol: appProtocols.get(portKey(port)) ?? '' }
      : port,
  )
}

function isServed(port: Port, kept: ReadonlySet<string>, offers: ReadonlySet<string>): boolean {
  const [usable] = usablePorts([port])
  if (usable === undefined) return false
  const key = portKey(usable)
  return kept.has(key) && offers.has(key)
}

function matchOf(unserved: number, isAnyServed: boolean): ImportPorts['match'] {
  if (unserved === 0) return 'all'
  return isAnyServed ? 'some' : 'none'
}

function formatPort({ name, protocol, port }: Port): string {
  return `${name === '' ? '(unnamed)' : name} ${port}/${protocol || 'TCP'}`
}
