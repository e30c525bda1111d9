// Opens the answer tables of the zones of the cluster, and the one that their reverse zones share.
import { performance } from 'node:perf_hooks'
import { nameToWire } from '../../dns/name.ts'
import { errorText } from '../../errors.ts'
import type { LocalService } from '../../sources/objects.ts'
import type { Resource, StoreReader } from '../../sources/source.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import { LimitedServices } from '../multicluster/limited-services.ts'
import { openTable } from '../multicluster/open-table.ts'
import type { OpenTable, TableContext, TablesPlan } from '../multicluster/plan.ts'
import type { Content } from '../multicluster/publish.ts'
import { ServicesContent } from '../multicluster/services-content.ts'
import { storeView } from '../multicluster/store-view.ts'
import { BadExternalNames } from './bad-external-names.ts'
import type { LocalZoneOptions } from './compile.ts'
import { clusterTableKey, type KubernetesConfig, reverseTableKey } from './config.ts'
import { withoutFault } from './followers.ts'
import { LimitedAddresses } from './limited-addresses.ts'
import { clusterServices } from './local-services.ts'
import { compileNameServers, nameServersOf } from './name-servers.ts'
import { OwnServices } from './own-services.ts'
import { PodsContent } from './pods-content.ts'
import { ReverseContent } from './reverse-content.ts'
import { Triggers } from './triggers.ts'

/** The owner of the names of the zone's name servers; no namespace has this name. */
const NAME_SERVERS = '//'

/** The tables of the cluster zones; that of the reverse zones belongs to the one of the primary zone. */
export function clusterTables(
  config: KubernetesConfig,
  resources: readonly Resource[],
): readonly TablesPlan[] {
  return config.clusterZones.map((zone) => {
    const hasReverse = zone === config.primaryZone && config.reverseZones.length > 0
    return {
      key: clusterTableKey(config, zone),
      open: (context) => new ClusterTables(config, zone, resources, context).open(hasReverse),
    }
  })
}

/** The tables of one cluster zone. */
class ClusterTables {
  readonly #config: KubernetesConfig
  readonly #zone: string
  readonly #context: TableContext
  readonly #store: StoreReader
  readonly #options: LocalZoneOptions
  readonly #limited: LimitedServices
  readonly #limitedAddresses: LimitedAddresses

  constructor(
    config: KubernetesConfig,
    zone: string,
    resources: readonly Resource[],
    context: TableContext,
  ) {
    const { ttl, endpoints, pods, zonal, limits, endpointPodNames, ignoreEmptyService } = config
    this.#config = config
    this.#zone = zone
    this.#context = context
    this.#store = storeView(context.source.store, resources, config.exposed)
    this.#options = {
      zone: nameToWire(zone)!,
      ttl,
      endpoints,
      podNames: endpointPodNames,
      ignoreEmpty: ignoreEmptyService,
      zonal,
      pods,
    }
    const now = () => performance.now()
    this.#limitedAddresses = new LimitedAddresses(context.log, now)
    this.#limited = new LimitedServices({ log: context.log, now, zone, limits })
  }

  open(hasReverse: boolean): readonly OpenTable[] {
    const { endpoints, podNames, ttl, zone } = this.#options
    const key = clusterTableKey(this.#config, this.#zone)
    if (!hasReverse) return [this.#openZone(key, undefined)]
    const reverse = new ReverseContent({ endpoints, podNames, ttl, primaryZone: zone })
    const shown = this.#config.reverseZones.join(' ')
    // Opened first, so that it gets the addresses of all Services.
    const addresses = openTable(
      { key: reverseTableKey(this.#config), zone: shown },
      this.#context,
      (writer) => reverse.into(writer),
    )
    return [this.#openZone(key, reverse), { ...addresses, limited: this.#limitedAddresses }]
  }

  #openZone(key: string, reverse: ReverseContent | undefined): OpenTable {
    const table = openTable(
      { key, zone: this.#zone },
      this.#context,
      (writer) => this.#content(writer, reverse),
      () => reverse?.setSynced(),
    )
    return { ...table, limited: this.#limited }
  }

  #content(table: TableWriter, reverse: ReverseContent | undefined): Content {
    const { limits, pods } = this.#config
    const triggers = new Triggers(this.#context.programming)
    const servers = this.#nameServers(table)
    const limitedAddresses = this.#limitedAddresses
    const follow = function* (key: string, view: LocalService | undefined) {
      if (reverse !== undefined) limitedAddresses.report(key, yield* reverse.put(key, view))
      yield
      return servers(key, view)
    }
    const badNames = new BadExternalNames(this.#context.log, () => performance.now())
    const services = new ServicesContent<LocalService>({
      store: this.#store,
      table,
      limits,
      kind: clusterServices(this.#store, { ...this.#options, limits }),
      onChange: (change) => triggers.note(change),
      onPublished: (key, view, leftOut) => {
        this.#limited.report(key, leftOut)
        triggers.published(key, view)
        badNames.published(key, view)
      },
      follow: withoutFault(follow, (key, error) => {
        this.#context.log.error(`what follows ${key} in ${this.#zone} is old: ${errorText(error)}`)
      }),
    })
    if (pods !== 'verified') return services
    return new PodsContent(this.#store, table, services)
  }

  /** Takes a published Service for the name servers of the zone; returns Services that should be published again. */
  #nameServers(table: TableWriter): (key: string, view: LocalService | undefined) => string[] {
    const own = new OwnServices({
      addresses: this.#context.ownAddresses,
      serversOf: (view) => nameServersOf(view, this.#options),
    })
    let isOld = false
    return (key, view) => {
      isOld = own.put(key, view) || isOld
      if (isOld) table.replace(NAME_SERVERS, compileNameServers(own.servers(), this.#options))
      isOld = false
      return [own.waiting() ?? []].flat()
    }
  }
}
