// The multicluster zones of `multicluster` and `kubernetes` at query time. The packet path asks the
// answerers directly; the handler is for queries that reach the zone through the plugin chain.
import type { MulticlusterConfig } from '../../config.ts'
import { MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { decodeMessage } from '../../dns/message.ts'
import { nameToWire } from '../../dns/name.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { answererFor, FALLTHROUGH, ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Handler } from '../chain.ts'
import { fixedNames } from './fixed-names.ts'
import { tableKey } from './table-key.ts'

export interface AnswererOptions {
  readonly tables: ReadonlyMap<string, TableReader>
  /** Addresses at which this listener can be reached, for the zones' NS. */
  readonly localAddresses: readonly string[]
  /** True when `loadbalance` stands in the block. */
  readonly rotate: boolean
}

/** One answerer for each zone of the directive, the longest zone first. */
export function zoneAnswerers(
  config: MulticlusterConfig,
  options: AnswererOptions,
): readonly ZoneAnswerer[] {
  return config.zones
    .map((text) => {
      const zone = nameToWire(text)
      const table = options.tables.get(tableKey(config, text))
      if (zone === undefined || table === undefined) throw new Error(`no table for zone ${text}`)
      return new ZoneAnswerer({
        table,
        zone,
        ttl: config.ttl,
        fixed: fixedNames(zone, config.ttl, options.localAddresses),
        fallthrough: (config.fallthrough ?? []).map((name) => nameToWire(name)!),
        rotate: options.rotate,
      })
    })
    .sort((a, b) => b.zone.length - a.zone.length)
}

/** The directive as a link of the plugin chain. */
export function multiclusterHandler(
  config: MulticlusterConfig,
  answerers: readonly ZoneAnswerer[],
): Handler {
  const exchange = new Exchange()
  exchange.output = new Uint8Array(MESSAGE_MAX_SIZE)
  exchange.limit = MESSAGE_MAX_SIZE
  return {
    name: config.plugin,
    async handle(query, next) {
      const { request, wire } = query
      exchange.input = wire
      exchange.request.parse(wire, 0, wire.length)
      const answerer = answererFor(answerers, request)
      if (answerer === undefined) return next()
      answerer.enter()
      const length = answerer.answer(exchange)
      answerer.leave()
      const message =
        length === FALLTHROUGH ? undefined : decodeMessage(exchange.output.slice(0, length))
      if (message === undefined) return next()
      const { answers, authorities, additionals, flags } = message
      const authoritative = (flags & 0x0400) !== 0
      return { rcode: flags & 0xf, authoritative, answers, authorities, additionals }
    },
  }
}
