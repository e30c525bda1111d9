// The answerer of one zone of a directive.
import { nameToWire } from '../../dns/name.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { type UncompiledNames, ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { RuntimeContext } from '../runtime.ts'
import { fixedNames } from './fixed-names.ts'

/** The part of a directive's configuration that its answerers need. Zones are lower-case FQDNs. */
export interface AnswererConfig {
  readonly ttl: number
  readonly fallthrough?: readonly string[]
}

export interface AnswererContext {
  readonly localAddresses: readonly string[]
  /** True with `loadbalance`. */
  readonly rotate: boolean
  /** True with `minimal`. */
  readonly answersOnly?: boolean
}

/** The context of a runtime. */
export function answererContext({ localAddresses, settings }: RuntimeContext): AnswererContext {
  const { rotateAddresses = false, answersOnly = false } = settings
  return { localAddresses, rotate: rotateAddresses, answersOnly }
}

/** What differs between kinds of zones. */
interface ZoneKind {
  /** The version of the DNS schema. */
  readonly version: string
  readonly cnames?: boolean
  readonly uncompiled?: UncompiledNames
}

/** Creates the answerer of `zone` (lower-case FQDN) over its table. */
export function zoneAnswerer(
  zone: string,
  table: TableReader,
  { ttl, fallthrough = [] }: AnswererConfig,
  { localAddresses, rotate, answersOnly = false }: AnswererContext,
  { version, ...kind }: ZoneKind,
): ZoneAnswerer {
  const wire = nameToWire(zone)
  if (wire === undefined) throw new Error(`invalid zone ${zone}`)
  return new ZoneAnswerer({
    table,
    zone: wire,
    ttl,
    fixed: fixedNames(wire, ttl, localAddresses, version),
    fallthrough: fallthrough.map((name) => nameToWire(name)!),
    rotate,
    answersOnly,
    ...kind,
  })
}
