// `multicluster` at query time. The packet path calls its answerer; the handler answers queries that reach the zones
// through the plugin chain.
import { FALLTHROUGH, INCOMPLETE, type ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Handler } from '../chain.ts'
import type { Runtime, RuntimeContext } from '../runtime.ts'
import { answererContext, zoneAnswerer } from './answerer.ts'
import { MCS_DNS_VERSION } from './fixed-names.ts'
import type { MulticlusterConfig } from './options.ts'
import { tableKey } from './table-key.ts'
import { ZoneSet, zoneReply } from './zone-set.ts'

export const multiclusterRuntime: Runtime<MulticlusterConfig> = (config, context) => {
  const zones = new ZoneSet(multiclusterAnswerers(config, context))
  return { answerer: zones, hasTables: true, handler: multiclusterHandler(config.plugin, zones) }
}

/** The answerers of the multicluster zones of a directive. */
export function multiclusterAnswerers(
  config: MulticlusterConfig,
  runtimeContext: RuntimeContext,
): readonly ZoneAnswerer[] {
  const context = answererContext(runtimeContext)
  return config.zones.map((zone) => {
    const table = runtimeContext.tables.get(tableKey(config, zone))
    if (table === undefined) throw new Error(`no table for zone ${zone}`)
    return zoneAnswerer(zone, table, config, context, { version: MCS_DNS_VERSION })
  })
}

function multiclusterHandler(name: string, zones: ZoneSet): Handler {
  return {
    name,
    async handle({ request, wire, limit }, next) {
      const zone = zones.zoneOf(request)
      const reply = zone === undefined ? FALLTHROUGH : zoneReply(zone, request, wire, limit)
      return reply === FALLTHROUGH || reply === INCOMPLETE ? next() : reply
    },
  }
}
