// What `explain NAME` means: a DNS name, `service.namespace`, `namespace/service`, or the name of an `amcs-` Service.
import { amcsName, DERIVED_PREFIX } from '../api/names.ts'

/** A service and the zone of its DNS names. */
export interface ExplainTarget {
  readonly namespace: string
  readonly name: string
  /** Without the final dot. */
  readonly zone: string
}

/** The zone of KEP-1645. */
export const ZONE = 'clusterset.local'
/** The zone of a cluster's own Services; there the `amcs-` Service has its name. */
const CLUSTER_ZONE = 'cluster.local'

const ZONE_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The hash at the end of a shortened name (`amcsName`). */
const SHORTENED = /-[0-9a-f]{10}$/
const LABEL_MAX_LENGTH = 63

/** True if `amcs-NAME` may be the Service of a longer name: it has the greatest length and ends in a hash. */
export function mayBeShortened(name: string): boolean {
  const length = DERIVED_PREFIX.length + name.length
  return length === LABEL_MAX_LENGTH && SHORTENED.test(name)
}

/** The one of `names` whose `amcs-` Service is `amcs-NAME`; NAME itself if none is. */
export function fullName(name: string, names: Iterable<string>): string {
  for (const one of names) if (amcsName(one) === `${DERIVED_PREFIX}${name}`) return one
  return name
}

/** Reads NAME; undefined when it does not name a service and its namespace. */
export function readTarget(text: string): ExplainTarget | undefined {
  const lower = text.toLowerCase().replace(/\.$/, '')
  const [, before = lower, after] = /^(.*?)\.svc\.(.+)$/.exec(lower) ?? []
  const labels = after === undefined ? lower.split(/[./]/) : before.split('.').slice(-2)
  const [given = '', second = ''] = labels
  if (labels.length !== 2) return undefined
  const isSlashed = after === undefined && lower.includes('/')
  const [service, namespace] = isSlashed ? [second, given] : [given, second]
  if (!LABEL.test(service) || !LABEL.test(namespace)) return undefined
  if (after !== undefined && !ZONE_NAME.test(after)) return undefined
  const isDerived = service.startsWith(DERIVED_PREFIX)
  const name = isDerived ? service.slice(DERIVED_PREFIX.length) : service
  if (!LABEL.test(name)) return undefined
  const zone = after === undefined || after === CLUSTER_ZONE ? ZONE : after
  return { namespace, name, zone }
}
