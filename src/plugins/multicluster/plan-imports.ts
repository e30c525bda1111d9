// What `multicluster`, and the multicluster zones of `kubernetes`, need on the control thread.
import { performance } from 'node:perf_hooks'
import { nameToWire } from '../../dns/name.ts'
import type { ImportedService } from '../../sources/objects.ts'
import type { Resource } from '../../sources/source.ts'
import type { Reads } from '../../sources/source-request.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import { importedServices } from './imports.ts'
import { LimitedServices } from './limited-services.ts'
import { openTable } from './open-table.ts'
import type { MulticlusterConfig } from './options.ts'
import type { DirectivePlan, TableContext, TablesPlan } from './plan.ts'
import { ServicesContent } from './services-content.ts'
import { storeView } from './store-view.ts'
import { sourceKey, tableKey } from './table-key.ts'

const RESOURCES: readonly Resource[] = ['serviceimports', 'endpointslices', 'namespaces']

export function planImports(config: MulticlusterConfig): DirectivePlan {
  const { plugin, source: spec, labels, requests: limits, exposed, startupTimeoutMs } = config
  const reads: Reads = { ...NOTHING, imports: true, namespaceLabels: exposed.labels !== undefined }
  return {
    plugin,
    sourceKey: sourceKey(spec, labels, limits),
    request: { spec, labels, limits, reads },
    resources: RESOURCES,
    startupTimeoutMs,
    ...(config.snapshot === undefined ? {} : { snapshot: config.snapshot }),
    tables: config.zones.map((zone) => importsTable(config, zone)),
  }
}

/** Reads nothing but Namespaces. */
export const NOTHING: Reads = {
  imports: false,
  services: false,
  endpoints: false,
  podNames: false,
  zones: false,
  pods: false,
  namespaceLabels: false,
}

function importsTable(config: MulticlusterConfig, zone: string): TablesPlan {
  const key = tableKey(config, zone)
  const open = (context: TableContext) => {
    const { log, source } = context
    const { limits, ttl, endpoints } = config
    const store = storeView(source.store, RESOURCES, config.exposed)
    const limited = new LimitedServices({ log, now: () => performance.now(), zone, limits })
    const wire = nameToWire(zone)!
    const kind = importedServices(store, { zone: wire, ttl, endpoints, limits })
    const contentOf = (table: TableWriter) =>
      new ServicesContent<ImportedService>({
        store,
        table,
        limits,
        kind,
        onPublished: (service, _, leftOut) => limited.report(service, leftOut),
      })
    return [{ ...openTable({ key, zone }, context, contentOf), limited }]
  }
  return { key, open }
}
