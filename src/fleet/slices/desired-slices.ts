// The endpoints that one source cluster contributes to an import, in the form that KEP-1645 ("EndpointSlice")
// requires in the importing cluster. Only ports that both the import and the source's Service have are kept:
// kube-proxy matches ports by name, so a port that lost a conflict would get traffic meant for another number.
// Slices with different ports (named target ports during a rollout) are not joined.
import { usableFamilies } from '../api/ip-families.ts'
import { isQualifiedName } from '../api/labels.ts'
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
import { isPortless, isPortNumber, protocolOf, type ServedPort } from '../api/ports.ts'
import type {
  EndpointView,
  ImportView,
  IpFamily,
  OwnerReference,
  ServiceView,
  SlicePort,
  SliceView,
  StringMap,
} from '../api/types.ts'
import { type AddressFilter, collectEndpoints } from './endpoints.ts'

/** One source cluster of an import. */
export interface ImportSource {
  /** Id of the exporting cluster. */
  readonly cluster: string
  readonly service: Pick<ServiceView, 'headless' | 'ports' | 'publishNotReadyAddresses'>
  /** The EndpointSlices of the exported Service. */
  readonly slices: readonly SliceView[]
  /** The ports of the import that the cluster serves, from import-ports.ts. */
  readonly served: readonly ServedPort[]
  /** Why the importing cluster gets no endpoint of the cluster with this address; undefined when it does. */
  readonly refusalOf: AddressFilter
}

/** Endpoints with the same ports and address type; packing.ts distributes them over slices. */
export interface SliceGroup {
  readonly addressType: IpFamily
  /** Sorted by name. */
  readonly ports: readonly SlicePort[]
  /** Sorted by addresses, without duplicates. */
  readonly endpoints: readonly EndpointView[]
}

/** The desired slices of an import from one source cluster, before packing. */
export interface ImportedSlices {
  readonly namespace: string
  /** A slice's name is this prefix and a number. */
  readonly namePrefix: string
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly groups: readonly SliceGroup[]
}

/** The slices that `source` contributes to `serviceImport`, without zone hints. */
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

/** The name prefix of the slices of the import `name` from the source `cluster`. */
function namePrefix(name: string, cluster: string): string {
  return `${amcsName(name)}-${cluster}-${shortHash(name, cluster)}-`
}

/** The source cluster in the name of a slice of the import `name`; undefined for a name the fleet did not give. */
export function sourceOfName(sliceName: string, name: string): string | undefined {
  const cluster = sliceName.slice(amcsName(name).length + 1).replace(/-[0-9a-f]+-\d+$/, '')
  return sliceName.startsWith(namePrefix(name, cluster)) ? cluster : undefined
}

/** The key of a slice's group; endpoints may move between slices with the same key. */
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
    // An imported slice belongs to another cluster and is not exported again.
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
      endpoints: collectEndpoints(
        header.addressType,
        slices,
        publishNotReadyAddresses,
        source.refusalOf,
      ),
    }))
    .filter(({ endpoints }) => endpoints.length > 0)
}

/**
 * The ports of a slice that `served` has with the same name and protocol, sorted, with the names of the import; the others
 * get no traffic.
 */
export function survivingPorts(
  ports: readonly SlicePort[],
  served: readonly ServedPort[],
): readonly SlicePort[] {
  const byName = new Map(served.map((port) => [port.sourceName ?? port.name, port]))
  const surviving = new Map<string, SlicePort>()
  for (const { name, protocol: given, port, appProtocol } of ports) {
    const protocol = protocolOf(given)
    const match = byName.get(name)
    if (match === undefined || match.protocol !== protocol || !isPortNumber(port)) continue
    const own = isQualifiedName(appProtocol) ? appProtocol : ''
    surviving.set(match.name, {
      name: match.name,
      protocol,
      port,
      appProtocol: match.appProtocol || own,
    })
  }
  return [...surviving.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
