// The addresses of the nodes of a cluster and its ranges for ClusterIPs, for OwnAddresses. They are listed every ten
// minutes, after a failure sooner, and not watched: a node changes its status every few minutes, and large clusters have
// thousands.
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError, asApiError } from '../../kube/api-error.ts'
import { Backoff } from '../../kube/backoff.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { sleep } from '../../kube/clock.ts'
import { PagedList } from '../../kube/list-pages.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { type Cidr, parseCidr } from '../api/address-ranges.ts'
import { canonicalAddress } from '../api/addresses.ts'
import { nestedObject, objectsOf, stringOf, stringsOf } from '../api/unstructured.ts'

/** What the cluster says about its network; a part is absent where it was not read. */
export interface OwnNetwork {
  /** Canonical addresses of the nodes. */
  readonly nodes?: ReadonlySet<string>
  readonly serviceRanges?: readonly Cidr[]
}

interface NetworkOptions {
  /** The configured id of the member. */
  readonly name: string
  readonly client: ApiClient
  readonly deps: FullClientDeps
  /** Called with each part after it was read. */
  readonly onRead: (network: OwnNetwork) => void
  /** Called when the first attempt to read each part has ended. */
  readonly onTried: () => void
}

/** Milliseconds between two readings, and the longest wait after a failure. */
const REFRESH_MS = 600_000
/** Addresses of nodes that are kept; Kubernetes supports 5,000 nodes. */
const MAX_NODE_ADDRESSES = 50_000
/** Ranges that are kept. Each endpoint is looked up in all of them, and a cluster has one or two. */
const MAX_RANGES = 1000

const listed = { query: '', acceptList: JSON_TYPE } as const
const nodes = { ...listed, resource: 'nodes', group: '', path: '/api/v1/nodes' }
const networking = 'networking.k8s.io'
const serviceCidrs = {
  ...listed,
  resource: 'servicecidrs',
  group: networking,
  path: `/apis/${networking}/v1/servicecidrs`,
}

/** Reads the network of the cluster until the signal aborts. What cannot be read is left out; never rejects. */
export async function followNetwork(options: NetworkOptions, signal: AbortSignal): Promise<void> {
  const { client, onRead, onTried } = options
  const parts = [
    async () => onRead({ nodes: await readNodes(client, signal) }),
    async () => onRead({ serviceRanges: await readServiceRanges(client, signal) }),
  ]
  let untried = parts.length
  const tried = () => {
    if (--untried === 0) onTried()
  }
  await Promise.all(parts.map((read) => follow(options, read, tried, signal)))
}

/** Reads one part until the signal aborts. A failure is logged once and retried ever more slowly. */
async function follow(
  { name, deps }: NetworkOptions,
  read: () => Promise<void>,
  tried: () => void,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(deps.random, REFRESH_MS)
  let logged = ''
  let isFirst = true
  while (!signal.aborted) {
    let waitMs = REFRESH_MS
    try {
      await read()
      backoff.reset()
    } catch (error) {
      if (signal.aborted) return
      const { reason, message, retryAfterMs = 0 } = asApiError(error)
      // Kubernetes before 1.33 has no ServiceCIDRs.
      if (reason !== 'not_found') {
        waitMs = Math.min(REFRESH_MS, Math.max(backoff.next(), retryAfterMs))
        const text = `cluster ${name}: ${message}; endpoints of other clusters may have these addresses`
        if (text !== logged) deps.log.warning(text)
        logged = text
      }
    }
    if (isFirst) tried()
    isFirst = false
    await sleep(deps.clock, waitMs, signal)
  }
}

/** The addresses of all nodes; their host names are left out. */
async function readNodes(client: ApiClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const raw of new PagedList(client).objects(nodes, signal)) {
    for (const { address } of objectsOf(nestedObject(raw, 'status').addresses)) {
      const canonical = canonicalAddress(stringOf(address))
      if (canonical === undefined) continue
      found.add(canonical.text)
      if (found.size > MAX_NODE_ADDRESSES) throw tooMany('nodes', MAX_NODE_ADDRESSES, 'addresses')
    }
  }
  return found
}

async function readServiceRanges(client: ApiClient, signal: AbortSignal): Promise<readonly Cidr[]> {
  const found: Cidr[] = []
  for await (const raw of new PagedList(client).objects(serviceCidrs, signal)) {
    for (const text of stringsOf(nestedObject(raw, 'spec').cidrs)) {
      const range = parseCidr(text)
      if (range !== undefined) found.push(range)
      if (found.length > MAX_RANGES) throw tooMany('servicecidrs', MAX_RANGES, 'ranges')
    }
  }
  return found
}

function tooMany(resource: string, limit: number, what: string): ApiError {
  return new ApiError('too_large', `its ${resource} have more than ${limit} ${what}`)
}
