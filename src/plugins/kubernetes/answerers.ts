// The answerers of the zones of one directive: those with the cluster's own Services, and those with its addresses.
import { nameToWire } from '../../dns/name.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { type UncompiledNames, ZoneAnswerer } from '../../zone/zone-answerer.ts'
import { fixedNames } from '../multicluster/fixed-names.ts'
import type { PodMode } from './pods.ts'
import { ReverseNames } from './reverse-names.ts'
import { UncompiledLocalNames } from './uncompiled-names.ts'

/** The version of the Kubernetes DNS schema (dns-based-service-discovery specification 2.2). */
const DNS_VERSION = '1.1.0'

/** The part of a directive's configuration that its answerers need. Zones are lower-case FQDNs. */
interface AnswererConfig {
  readonly ttl: number
  readonly pods: PodMode
  readonly zonal: boolean
  readonly fallthrough?: readonly string[]
}

interface AnswererContext {
  readonly localAddresses: readonly string[]
  /** True with `loadbalance`. */
  readonly rotate: boolean
}

/** The answerer of a zone with the names of Services and Pods. */
export function clusterAnswerer(
  zone: string,
  table: TableReader,
  config: AnswererConfig,
  context: AnswererContext,
): ZoneAnswerer {
  return answerer(zone, table, new UncompiledLocalNames(config), config, context)
}

/** The answerer of a zone below in-addr.arpa or ip6.arpa; all of them have one table (`reverse-key.ts`). */
export function reverseAnswerer(
  zone: string,
  table: TableReader,
  config: AnswererConfig,
  context: AnswererContext,
): ZoneAnswerer {
  return answerer(zone, table, new ReverseNames(zone.endsWith('ip6.arpa.')), config, context)
}

function answerer(
  text: string,
  table: TableReader,
  uncompiled: UncompiledNames,
  { ttl, fallthrough = [] }: AnswererConfig,
  { localAddresses, rotate }: AnswererContext,
): ZoneAnswerer {
  const zone = nameToWire(text)
  if (zone === undefined) throw new Error(`invalid zone ${text}`)
  return new ZoneAnswerer({
    table,
    zone,
    ttl,
    fixed: fixedNames(zone, ttl, localAddresses, DNS_VERSION),
    fallthrough: fallthrough.map((name) => nameToWire(name)!),
    rotate,
    cnames: true,
    uncompiled,
  })
}
