// The addresses of the nodes of a cluster and its ranges for ClusterIPs, for OwnAddresses. They are listed every ten
// minutes and not watched: a node changes its status every few minutes, and large clusters have thousands.
import { errorText } from '../../errors.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { sleep } from '../../kube/clock.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { type Cidr, parseCidr } from '../api/address-ranges.ts'
import { listOf, nestedObject, objectsOf, stringOf, stringsOf } from '../api/unstructured.ts'

/** What the cluster says about its network; undefined where it was not read. */
export interface OwnNetwork {
  /** Addresses of nodes, as their status has them: host names are among them. */
  readonly nodes: readonly string[] | undefined
  readonly serviceRanges: readonly Cidr[] | undefined
}

interface NetworkOptions {
  /** The configured id of the member. */
  readonly name: string
  readonly client: ApiClient
  readonly deps: FullClientDeps
  /** Called after each reading. */
  readonly onRead: (network: OwnNetwork) => void
}

/** Milliseconds between two readings. */
const REFRESH_MS = 600_000
/** Objects of one response; a node takes about 15 KB. */
const PAGE_SIZE = 250

/** Reads the network of the cluster until the signal aborts. What cannot be read is logged once and left out. */
export async function followNetwork(options: NetworkOptions, signal: AbortSignal): Promise<void> {
  const { name, client, deps, onRead } = options
  const logged = new Set<string>()
  const attempt = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      const text = `cluster ${name}: ${errorText(error)}; endpoints of other clusters may have these addresses`
      // Kubernetes before 1.33 has no ServiceCIDRs.
      const isExpected = error instanceof ApiError && error.reason === 'not_found'
      if (!isExpected && !signal.aborted && !logged.has(text)) deps.log.warning(text)
      logged.add(text)
      return undefined
    }
  }
  while (!signal.aborted) {
    const [nodes, serviceRanges] = await Promise.all([
      attempt(readNodes(client, signal)),
      attempt(readServiceRanges(client, signal)),
    ])
    if (!signal.aborted) onRead({ nodes, serviceRanges })
    await sleep(deps.clock, REFRESH_MS, signal)
  }
}

async function readNodes(client: ApiClient, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = []
  await eachObject(client, '/api/v1/nodes', 'nodes', '', signal, (node) => {
    const { addresses } = nestedObject(node, 'status')
    for (const { address } of objectsOf(addresses)) found.push(stringOf(address))
  })
  return found
}

async function readServiceRanges(client: ApiClient, signal: AbortSignal): Promise<readonly Cidr[]> {
  const group = 'networking.k8s.io'
  const found: Cidr[] = []
  await eachObject(
    client,
    `/apis/${group}/v1/servicecidrs`,
    'servicecidrs',
    group,
    signal,
    (raw) => {
      const texts = stringsOf(nestedObject(raw, 'spec').cidrs)
      found.push(...texts.flatMap((text) => parseCidr(text) ?? []))
    },
  )
  return found
}

/** Lists a resource page by page. Rejects with ApiError. */
async function eachObject(
  client: ApiClient,
  collection: string,
  resource: string,
  group: string,
  signal: AbortSignal,
  use: (raw: unknown) => void,
): Promise<void> {
  const info = { verb: 'list', resource, group } as const
  let token = ''
  do {
    const next = token === '' ? '' : `&continue=${encodeURIComponent(token)}`
    const path = `${collection}?limit=${PAGE_SIZE}${next}`
    const page = nestedObject(await client.read({ info, path, accept: JSON_TYPE, signal }))
    for (const raw of listOf(page.items)) use(raw)
    token = stringOf(nestedObject(page, 'metadata').continue)
  } while (token !== '')
}
