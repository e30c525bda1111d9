// The options that `multicluster` and `kubernetes` share: defaults, arguments and description.
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { atoi } from '../../corefile/go-text.ts'
import { nameToWire } from '../../dns/name.ts'
import type { RequestLimits } from '../../kube/request-gate.ts'
import type { SourceSpec } from '../../kube/source-spec.ts'
import { sentenceList } from '../plugin.ts'
import type { ExposedNamespaces } from './exposed-namespaces.ts'
import { DEFAULT_LIMITS, type ServiceLimits } from './size-estimate.ts'
import { describeSnapshot, type SnapshotOption } from './snapshot-option.ts'

/** What the configurations of `multicluster` and `kubernetes` share. Zones are lower-case FQDNs ("clusterset.local."). */
export interface ZonesConfig extends PluginConfig {
  readonly zones: readonly string[]
  readonly source: SourceSpec
  /** Label selector of EndpointSlices, and of the Services and Pods of a cluster; '' = all. */
  readonly labels: string
  readonly requests: RequestLimits
  readonly exposed: ExposedNamespaces
  /** Seconds, 0 to 3600. */
  readonly ttl: number
  /** How long the start waits for the first sync, in milliseconds. */
  readonly startupTimeoutMs: number
  /** False with `noendpoints`: headless Services and endpoint names do not exist. */
  readonly endpoints: boolean
  /** The most that one Service, and all Services of one namespace, may have in a zone. */
  readonly limits: ServiceLimits
  /** Names in these zones that do not exist go to the next plugin; undefined = none. `fallthrough` alone is ['.']. */
  readonly fallthrough?: readonly string[]
  /** The file that keeps the objects for the next start; undefined = none. */
  readonly snapshot?: SnapshotOption
}

/** `multicluster`, or the multicluster zones of `kubernetes`. */
export interface MulticlusterConfig extends ZonesConfig {
  readonly plugin: 'multicluster' | 'kubernetes'
}

/** The options of a directive during its setup. */
export interface MulticlusterDraft {
  zones: readonly string[]
  source?: SourceSpec
  ttl: number
  startupTimeoutMs: number
  endpoints: boolean
  limits: ServiceLimits
  fallthrough?: readonly string[]
  snapshot?: SnapshotOption
}

/** Options with defaults: TTL 5 s, startup timeout 5 s, with endpoints, DEFAULT_LIMITS. */
export function newDraft(zones: readonly string[]): MulticlusterDraft {
  return { zones, ttl: 5, startupTimeoutMs: 5000, endpoints: true, limits: DEFAULT_LIMITS }
}

/** Reads the arguments of `kubeconfig FILE [CONTEXT]`. */
export function kubeconfigArguments(tokens: Dispenser): SourceSpec {
  const args = tokens.remainingArgs()
  if (args.length !== 1 && args.length !== 2) throw tokens.argErr()
  const [file = '', context] = args
  return { kind: 'kubeconfig', file, ...(context === undefined ? {} : { context }) }
}

/** Reads a TTL in seconds, 0 to 3600. */
export function ttlArgument(text: string, tokens: Dispenser): number {
  return numberArgument('ttl', text, 0, 3600, tokens)
}

/** The options of `ServiceLimits`, with the least and greatest value of each. */
const LIMITS = {
  max_ports: ['ports', 1, 65_535],
  max_endpoints: ['endpoints', 1, 1_000_000],
  max_bytes: ['bytes', 256 * 1024, 2 ** 30],
  max_namespace_bytes: ['namespaceBytes', 256 * 1024, 2 ** 32],
} as const

/** Sets the limit that `option` names to the number in `text`. */
export function readLimit(
  option: keyof typeof LIMITS,
  text: string,
  draft: MulticlusterDraft,
  tokens: Dispenser,
): void {
  const [key, least, greatest] = LIMITS[option]
  draft.limits = { ...draft.limits, [key]: numberArgument(option, text, least, greatest, tokens) }
}

function numberArgument(
  option: string,
  text: string,
  least: number,
  greatest: number,
  tokens: Dispenser,
): number {
  const number = atoi(text)
  if (!number.ok) throw tokens.plainErr(number.message)
  if (number.value < least || number.value > greatest) {
    throw tokens.errf(`${option} must be in range [${least}, ${greatest}]: ${number.value}`)
  }
  return number.value
}

/** Throws CorefileError if there are no zones, or a zone is not supported: it would never be answered. */
export function checkZones(zones: readonly string[], tokens: Dispenser): void {
  if (zones.length === 0) throw tokens.errf('at least one valid zone is expected')
  for (const zone of zones) {
    if (zone.includes('\\')) throw tokens.unsupported(`escapes in zone ${zone}`)
    if (nameToWire(zone) === undefined) {
      throw tokens.errf(`zone is not a valid domain name: ${zone}`)
    }
  }
}

/** No limits of the requests to an API server. */
export const NO_REQUEST_LIMITS: RequestLimits = { qps: 0, burst: 0, maxInflight: 0 }

/** Explains the configuration in one line, for `check`. */
export function describeMulticluster(config: MulticlusterConfig): string {
  const { zones, source, ttl, endpoints, limits } = config
  const details = [`TTL ${ttl} s`]
  if (!endpoints) details.push('without endpoint names and headless services')
  details.push(...describeFallthrough(config), ...describeSnapshot(config.snapshot))
  if (limits !== DEFAULT_LIMITS) {
    const { ports, endpoints: addresses, bytes, namespaceBytes } = limits
    details.push(
      `at most ${ports} ports, ${addresses} addresses and ${bytes} bytes for each service`,
      `at most ${namespaceBytes} bytes for each namespace`,
    )
  }
  const where = describeSource(source)
  return `answers for imported services in ${sentenceList(zones)} from ${where}, ${details.join(', ')}`
}

/** Explains `fallthrough`, if there is one. */
export function describeFallthrough({
  fallthrough,
}: Pick<ZonesConfig, 'fallthrough'>): readonly string[] {
  if (fallthrough === undefined) return []
  const names = fallthrough.includes('.') ? 'names' : `names in ${sentenceList(fallthrough)}`
  return [`${names} that do not exist go to the next plugin`]
}

/** Names a source for `check`. */
export function describeSource(source: SourceSpec): string {
  switch (source.kind) {
    case 'in-cluster':
      return 'the API server of the cluster it runs in'
    case 'kubeconfig': {
      const context = source.context === undefined ? 'its current context' : source.context
      return `the API server of kubeconfig ${source.file} (${context})`
    }
    case 'endpoint':
      return `the API server at ${source.url}`
    case 'manifests':
      return `the manifests in ${source.directory}`
  }
}
