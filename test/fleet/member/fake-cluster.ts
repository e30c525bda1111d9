// An API server that is a member cluster with the Service ns/web. Its identity, its API versions and its responses can
// be changed while it runs.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { bookmark, event, startFakeApiServer } from '../../support/fake-apiserver.ts'

const PROPERTY = '/apis/about.k8s.io/v1beta1/clusterproperties/cluster.clusterset.k8s.io'

export interface FakeClusterState {
  /** UID of the kube-system namespace. */
  uid: string
  /** Value of the ClusterProperty; undefined for none. */
  property: unknown
  /** Names of the Services in the namespace ns. */
  services: string[]
  /** True when reads of the kube-system namespace get no response. */
  silent: boolean
  /** Status of the responses to writes; 0 for success. */
  writeStatus: number
  /** The resources of the MCS API by version. */
  served: Record<string, string[]>
  /** Answers a GET instead of the cluster, unless it returns false. */
  attack: (url: URL, response: ServerResponse) => boolean
}

/** A Service in the namespace ns. */
export const service = (name: string, resourceVersion: string, uid = `uid-${name}`) => ({
  metadata: { name, namespace: 'ns', uid, resourceVersion },
})

export async function startFakeCluster(changes: Partial<FakeClusterState>) {
  const state: FakeClusterState = {
    uid: 'uid-1',
    property: undefined,
    services: ['web'],
    silent: false,
    writeStatus: 0,
    served: { v1alpha1: ['serviceexports', 'serviceimports'] },
    attack: () => false,
    ...changes,
  }
  /** Responses to writes wait for this. */
  let held: Promise<void> | undefined
  const streams: ServerResponse[] = []
  const written: { line: string; body: unknown }[] = []
  const write = async (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(message, 'end')
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
    written.push({ line: `${message.method} ${message.url}`, body })
    await held
    if (state.writeStatus !== 0) return json(response, {}, state.writeStatus)
    json(response, message.method === 'DELETE' ? { kind: 'Status' } : service('web', '30'))
  }
  const server = await startFakeApiServer((url, response, message) => {
    if (message.method !== 'GET') return void write(message, response)
    if (state.attack(url, response)) return
    if (url.pathname === '/api/v1/namespaces/kube-system') {
      if (state.silent) return
      return json(response, { metadata: { name: 'kube-system', uid: state.uid } })
    }
    const answer = discover(url.pathname, state)
    if (answer !== undefined) return json(response, ...answer)
    if (url.searchParams.has('limit')) {
      return json(response, { metadata: { resourceVersion: '10' }, items: [] })
    }
    streams.push(response)
    watch(url, response, state)
  })
  return {
    state,
    /** The responses of all watches, in order. */
    streams,
    /** The writes, as "METHOD path" with their bodies. */
    written,
    /** Delays the responses to writes until `until` resolves. */
    hold: (until: Promise<void>) => {
      held = until
    },
    url: server.url,
    close: () => server.close(),
  }
}

/** Body and status of a request for the ClusterProperty or for API discovery; undefined for a list or watch. */
function discover(
  pathname: string,
  { property, served }: FakeClusterState,
): readonly [body: unknown, status?: number] | undefined {
  if (pathname === PROPERTY && property !== undefined) return [{ spec: { value: property } }]
  if (pathname.startsWith('/apis/about')) return [{}, 404]
  if (pathname === '/apis/multicluster.x-k8s.io') {
    return [{ versions: Object.keys(served).map((version) => ({ version })) }]
  }
  const [, version] = /^\/apis\/multicluster.x-k8s.io\/(\w+)(\/\w+)?$/.exec(pathname) ?? []
  if (version === undefined) return undefined
  const names = served[version] ?? []
  if (pathname.endsWith(version)) return [{ resources: names.map((name) => ({ name })) }]
  return names.some((name) => pathname.endsWith(name)) ? undefined : [{}, 404]
}

/** Starts a watch, with the initial objects unless it resumes. */
function watch({ pathname, searchParams }: URL, response: ServerResponse, state: FakeClusterState) {
  if (searchParams.get('resourceVersion') !== null) {
    response.flushHeaders()
    return
  }
  const names = pathname === '/api/v1/services' ? state.services : []
  for (const name of names) response.write(event('ADDED', service(name, '5')))
  response.write(bookmark('10', true))
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
