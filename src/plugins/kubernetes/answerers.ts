// The answerers of the zones of one directive: those with the cluster's own Services, and those with its addresses.
import type { TableReader } from '../../zone/table-reader.ts'
import type { ZoneAnswerer } from '../../zone/zone-answerer.ts'
import {
  type AnswererConfig,
  type AnswererContext,
  zoneAnswerer,
} from '../multicluster/answerer.ts'
import type { PodMode } from './pods.ts'
import { ReverseNames } from './reverse-names.ts'
import { UncompiledLocalNames } from './uncompiled-names.ts'

/** The version of the Kubernetes DNS schema (dns-based-service-discovery specification 2.2). */
const DNS_VERSION = '1.1.0'
/** What both kinds of zones have. */
const CLUSTER = { version: DNS_VERSION, cnames: true }

interface ClusterConfig extends AnswererConfig {
  readonly pods: PodMode
  readonly zonal: boolean
}

/** The answerer of a zone with the names of Services and Pods. */
export function clusterAnswerer(
  zone: string,
  table: TableReader,
  config: ClusterConfig,
  context: AnswererContext,
): ZoneAnswerer {
  const uncompiled = new UncompiledLocalNames(config)
  return zoneAnswerer(zone, table, config, context, { ...CLUSTER, uncompiled })
}

/** The answerer of a zone below in-addr.arpa or ip6.arpa; all of them have one table (`reverse-key.ts`). */
export function reverseAnswerer(
  zone: string,
  table: TableReader,
  config: AnswererConfig,
  context: AnswererContext,
): ZoneAnswerer {
  const uncompiled = new ReverseNames(zone.endsWith('ip6.arpa.'))
  return zoneAnswerer(zone, table, config, context, { ...CLUSTER, uncompiled })
}
