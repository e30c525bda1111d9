// `multicluster` at query time. The packet path calls its answerer; the handler answers queries that reach the zones
// through the plugin chain.
import { nameToWire } from '../../dns/name.ts'
import { FALLTHROUGH, INCOMPLETE, ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Handler } from '../chain.ts'
import type { Runtime, RuntimeContext } from '../runtime.ts'
import { fixedNames, MCS_DNS_VERSION } from './fixed-names.ts'
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
  { tables, localAddresses, settings }: RuntimeContext,
): readonly ZoneAnswerer[] {
  return config.zones.map((text) => {
    const zone = nameToWire(text)
    const table = tables.get(tableKey(config, text))
    if (zone === undefined || table === undefined) throw new Error(`no table for zone ${text}`)
    return new ZoneAnswerer({
      table,
      zone,
      ttl: config.ttl,
      fixed: fixedNames(zone, config.ttl, localAddresses, MCS_DNS_VERSION),
      fallthrough: (config.fallthrough ?? []).map((name) => nameToWire(name)!),
      rotate: settings.rotateAddresses ?? false,
    })
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
