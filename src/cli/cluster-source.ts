// Where a command that reads gets its clusters: the clusters themselves, or a running fleet's HTTP API.
import { CodedError, errorText } from '../errors.ts'
import type { FleetConfig } from '../fleet/config.ts'
import { type ClusterValues, clusterConfig } from './cluster-config.ts'
import { type OptionValues, usageError } from './parse-options.ts'
import type { runningFleetFlags } from './shared-flags.ts'

/** Milliseconds that a running fleet has to answer. */
const FLEET_MS = 10_000

/** `clusters`: their kubeconfigs; `fleet`: the address of a running fleet, without a path. */
export type ClusterSource =
  | { readonly kind: 'clusters'; readonly config: FleetConfig }
  | { readonly kind: 'fleet'; readonly url: URL }

/** What the flags select. Throws FlagError, or CodedError FLEET_CONFIG. */
export function clusterSource(
  values: ClusterValues & OptionValues<typeof runningFleetFlags>,
): ClusterSource {
  const { fleet, config, contexts, kubeconfig } = values
  if (fleet === undefined) {
    if (config === undefined && contexts === undefined) {
      throw usageError('no clusters given: use --config FILE, --contexts A,B or --fleet URL')
    }
    return { kind: 'clusters', config: clusterConfig(values) }
  }
  if (config !== undefined || contexts !== undefined || kubeconfig !== undefined) {
    throw usageError('use either --fleet, or --config, or --kubeconfig and --contexts')
  }
  const url = URL.parse(fleet)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw usageError(`--fleet is "${fleet}", not a URL as http://127.0.0.1:8090`)
  }
  return { kind: 'fleet', url }
}

/** The JSON document that a running fleet serves at `path` ("/status.json"). Rejects with FLEET_API. */
export async function askFleet(url: URL, path: string, signal: AbortSignal): Promise<unknown> {
  const from = new URL(path, url)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FLEET_MS)])
  const response = await fetch(from, { signal: limit }).catch((error: unknown) => {
    signal.throwIfAborted()
    const why = errorText(error instanceof Error && error.cause ? error.cause : error)
    const cure = 'kubectl -n clusterset-dns-fleet port-forward deployment/clusterset-dns-fleet 8090'
    throw new CodedError('FLEET_API', `${from}: ${why}; is the fleet reachable? ${cure}`)
  })
  const text = await response.text()
  if (!response.ok) {
    throw new CodedError('FLEET_API', `${from}: HTTP ${response.status}, not the API of a fleet`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new CodedError('FLEET_API', `${from}: the answer is not JSON`)
  }
}
