// Where a command that reads gets its clusters: the clusters themselves, or a running fleet's HTTP API.
import { CodedError, errorText } from '../errors.ts'
import type { FleetConfig } from '../fleet/config.ts'
import { type ClusterValues, clusterConfig } from './cluster-config.ts'
import { type OptionValues, usageError } from './parse-options.ts'
import type { runningFleetFlags } from './shared-flags.ts'

/** Milliseconds that a running fleet has to answer. */
const FLEET_MS = 10_000
/** Bytes: above the status of a fleet with 100 clusters, all their pairs, and 100 retries in each. */
const MAX_BODY = 64 << 20

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
  // Errors show the URL, so it must have no password.
  if (fleet.includes('@')) {
    throw usageError('--fleet has a user or a password, which a fleet does not ask for')
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
  const text = await bodyOf(from, limit).catch((error: unknown) => {
    signal.throwIfAborted()
    if (error instanceof CodedError) throw error
    const why = errorText(error instanceof Error && error.cause ? error.cause : error)
    const cure = 'kubectl -n clusterset-dns-fleet port-forward deployment/clusterset-dns-fleet 8090'
    throw new CodedError('FLEET_API', `${from}: ${why}; is the fleet reachable? ${cure}`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new CodedError('FLEET_API', `${from}: the answer is not JSON`)
  }
}

/** The text of the answer. Rejects with FLEET_API for an HTTP error and a text that is too long, else with the error of `fetch`. */
async function bodyOf(from: URL, signal: AbortSignal): Promise<string> {
  const response = await fetch(from, { signal })
  if (!response.ok) {
    await response.body?.cancel()
    throw new CodedError('FLEET_API', `${from}: HTTP ${response.status}, not the API of a fleet`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_BODY) {
      throw new CodedError('FLEET_API', `${from}: the answer has more than ${MAX_BODY >> 20} MiB`)
    }
  }
  return Buffer.concat(chunks).toString()
}
