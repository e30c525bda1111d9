// The multicluster zones of `multicluster` and `kubernetes` at query time. The packet path calls their answerer; the
// handler answers queries that reach the zones through the plugin chain.
import { FLAG_AA, MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { extendedErrorOf } from '../../dns/edns-options.ts'
import { Exchange } from '../../dns/exchange.ts'
import { decodeMessage } from '../../dns/message.ts'
import { nameToWire } from '../../dns/name.ts'
import { FALLTHROUGH, ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Handler } from '../chain.ts'
import { type Answerer, NEXT, type Runtime, type RuntimeContext } from '../runtime.ts'
import { fixedNames } from './fixed-names.ts'
import type { MulticlusterConfig } from './options.ts'
import { tableKey } from './table-key.ts'

export const multiclusterRuntime: Runtime<MulticlusterConfig> = (config, context) => {
  const zones = new MulticlusterZones(zoneAnswerers(config, context))
  return { answerer: zones, hasTables: true, handler: multiclusterHandler(config.plugin, zones) }
}

/** The zones of one directive; the longest zone that covers a name answers for it. */
class MulticlusterZones implements Answerer {
  readonly #zones: readonly ZoneAnswerer[]

  /** `zones` has the longest zone first. */
  constructor(zones: readonly ZoneAnswerer[]) {
    this.#zones = zones
  }

  answer(exchange: Exchange): number {
    const zones = this.#zones
    for (let i = 0; i < zones.length; i++) {
      const zone = zones[i]!
      if (!zone.covers(exchange.request)) continue
      const length = zone.answer(exchange)
      return length === FALLTHROUGH ? NEXT : length
    }
    return NEXT
  }

  /** Starts a batch of `answer` calls outside the packet path, which enters the tables itself. */
  enter(): void {
    for (const zone of this.#zones) zone.enter()
  }

  /** Ends the batch. */
  leave(): void {
    for (const zone of this.#zones) zone.leave()
  }
}

function zoneAnswerers(
  config: MulticlusterConfig,
  { tables, localAddresses, settings }: RuntimeContext,
): readonly ZoneAnswerer[] {
  return config.zones
    .map((text) => {
      const zone = nameToWire(text)
      const table = tables.get(tableKey(config, text))
      if (zone === undefined || table === undefined) throw new Error(`no table for zone ${text}`)
      return new ZoneAnswerer({
        table,
        zone,
        ttl: config.ttl,
        fixed: fixedNames(zone, config.ttl, localAddresses),
        fallthrough: (config.fallthrough ?? []).map((name) => nameToWire(name)!),
        rotate: settings.rotateAddresses ?? false,
      })
    })
    .sort((a, b) => b.zone.length - a.zone.length)
}

function multiclusterHandler(name: string, zones: MulticlusterZones): Handler {
  const output = new Uint8Array(MESSAGE_MAX_SIZE)
  return {
    name,
    async handle({ request, wire }, next) {
      const exchange = new Exchange(request)
      exchange.input = wire
      exchange.output = output
      exchange.limit = MESSAGE_MAX_SIZE
      zones.enter()
      const length = zones.answer(exchange)
      zones.leave()
      const message = length === NEXT ? undefined : decodeMessage(output.slice(0, length))
      if (message === undefined) return next()
      const { answers, authorities, additionals, flags, opt } = message
      const authoritative = (flags & FLAG_AA) !== 0
      const reply = { rcode: flags & 0xf, authoritative, answers, authorities, additionals }
      const extendedError = opt && extendedErrorOf(opt.options)
      return extendedError === undefined ? reply : { ...reply, extendedError }
    },
  }
}
