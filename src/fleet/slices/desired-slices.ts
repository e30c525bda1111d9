// The endpoints that one cluster contributes to an import, as KEP-1645 ("EndpointSlice") wants them in the
// importing cluster. Only ports that the import has and this cluster's Service exports survive, by name:
// kube-proxy matches by name, so a loser's port would get traffic meant for another number. Slices with
// different ports (named target ports during a rollout) stay apart.
import { usableFamilies } from '../api/ip-families.ts'
import {
  amcsName,
  HEADLESS_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MCS_SERVICE_NAME_LABEL,
  MCS_SOURCE_CLUSTER_LABEL,
  SERVICE_NAME_LABEL,
  shortHash,
} from '../api/names.ts'
import { ownerReference } from '../api/ownership.ts'
import { isPortless, isPortNumber, protocolOf } from '../api/ports.ts'
import type {
  EndpointView,
  ImportView,
  IpFamily,
  OwnerReference,
  Port,
  ServiceView,
  SlicePort,
  SliceView,
  StringMap,
} from '../api/types.ts'
import { collectEndpoints } from './endpoints.ts'

/** One source cluster of an import. */
export interface ImportSource {
  /** Id of the exporting cluster. */
  readonly cluster: string
  readonly service: Pick<ServiceView, 'headless' | 'ports' | 'publishNotReadyAddresses'>
  /** The EndpointSlices of the exported Service. */
  readonly slices: readonly SliceView[]
  /** What of the import's ports the cluster serves, from import-ports.ts. */
  readonly served: readonly Port[]
}

/** Endpoints with the same ports and family; packing.ts spreads them over slices. */
export interface SliceGroup {
  readonly addressType: IpFamily
  /** Sorted by name. */
  readonly ports: readonly SlicePort[]
  /** Sorted by address, each address list once. */
  readonly endpoints: readonly EndpointView[]
}

export interface ImportedSlices {
  readonly namespace: string
  /** Names of the slices are this and a number. */
  readonly namePrefix: string
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly groups: readonly SliceGroup[]
}

/** What `source` contributes to `serviceImport`, without hints. */
export function importedSlices(serviceImport: ImportView, source: ImportSource): ImportedSlices {
  const { namespace, name, type } = serviceImport
  const derived = amcsName(name)
  return {
    namespace,
    namePrefix: namePrefix(name, source.cluster),
    labels: {
      [MCS_SERVICE_NAME_LABEL]: name,
      [MCS_SOURCE_CLUSTER_LABEL]: source.cluster,
      [MANAGED_BY_LABEL]: MANAGED_BY,
      [SERVICE_NAME_LABEL]: derived,
      ...(type === 'Headless' ? { [HEADLESS_LABEL]: '' } : {}),
    },
    ownerReferences: [ownerReference(serviceImport)],
    groups: groupsOf(source),
  }
}

/** What the names of the slices begin with that the import `name` has from `cluster`. */
function namePrefix(name: string, cluster: string): string {
  return `${amcsName(name)}-${cluster}-${shortHash(name, cluster)}-`
}

/** The source of the import `name` for which a slice was given its name; undefined when it was not by us. */
export function sourceOfName(sliceName: string, name: string): string | undefined {
  const cluster = sliceName.slice(amcsName(name).length + 1).replace(/-[0-9a-f]+-\d+$/, '')
  return sliceName.startsWith(namePrefix(name, cluster)) ? cluster : undefined
}

/** The key of a group: slices with the same one may exchange endpoints. */
export function groupKey({ addressType, ports }: Pick<SliceView, 'addressType' | 'ports'>): string {
  const texts = ports.map((one) =>
    JSON.stringify([one.name, one.protocol, one.port, one.appProtocol]),
  )
  return [addressType, ...texts.sort()].join()
}

function groupsOf(source: ImportSource): readonly SliceGroup[] {
  const groups = new Map<string, { header: Omit<SliceGroup, 'endpoints'>; slices: SliceView[] }>()
  for (const view of source.slices) {
    const [addressType] = usableFamilies([view.addressType])
    if (addressType === undefined) continue
    // What another cluster's import brought here is not this cluster's to export.
    if (Object.hasOwn(view.labels, MCS_SERVICE_NAME_LABEL)) continue
    const ports = survivingPorts(view.ports, source.served)
    if (ports.length === 0 && !isPortless(source.service)) continue
    const header = { addressType, ports }
    const key = groupKey(header)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { header, slices: [view] })
    else group.slices.push(view)
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  const { publishNotReadyAddresses } = source.service
  return sorted
    .map(([, { header, slices }]) => ({
      ...header,
      endpoints: collectEndpoints(header.addressType, slices, publishNotReadyAddresses),
    }))
    .filter(({ endpoints }) => endpoints.length > 0)
}

/** The ports of a slice that are ports of `served`, by name and protocol, sorted; the others get no traffic. */
export function survivingPorts(
  ports: readonly SlicePort[],
  served: readonly Port[],
): readonly SlicePort[] {
  const byName = new Map(served.map((port) => [port.name, port]))
  const surviving = new Map<string, SlicePort>()
  for (const { name, protocol: given, port, appProtocol } of ports) {
    const protocol = protocolOf(given)
    const match = byName.get(name)
    if (match === undefined || match.protocol !== protocol || !isPortNumber(port)) continue
    surviving.set(name, { name, protocol, port, appProtocol: match.appProtocol || appProtocol })
  }
  return [...surviving.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
