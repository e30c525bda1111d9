// A fake API server for the fleet's commands: a member, a hub, or both. Its objects and behaviour can be changed while
// it runs.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { mergePatch } from '../../src/fleet/embedded/merge-patch.ts'
import { bookmark, event, startFakeApiServer } from './fake-apiserver.ts'
import { kubeconfigText } from './kubeconfig.ts'

type Raw = Readonly<Record<string, unknown>>

const MCS = '/apis/multicluster.x-k8s.io'
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/clusterset-dns-fleet/leases'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const served = [
  'serviceexports',
  'serviceexports/status',
  'serviceimports',
  'serviceimports/status',
] as const

export type FakeMember = Awaited<ReturnType<typeof startFakeMember>>

type FakeState = ReturnType<typeof initialState>
type FakeStore = ReturnType<typeof createStore>

function initialState(uid: string) {
  return {
    uid,
    /** The value of its ClusterProperty; '' for none. */
    property: '',
    /** The served resources of the MCS API. */
    served: served as readonly string[],
    /** Forbidden requests, as "verb resource". */
    denied: new Set<string>(),
    hubNamespace: true,
    /** Objects by resource, for lists and for watches that start later. */
    objects: {} as Readonly<Record<string, readonly Raw[]>>,
    /** True for paths that get no response. */
    silent: (_path: string): boolean => false,
    /** Error statuses by path. */
    failing: {} as Readonly<Record<string, number>>,
    /** Number of discovery requests until new CRDs are served. */
    delay: 0,
  }
}

/** The objects of one fake member and its open watches. */
function createStore(state: FakeState) {
  const leases = new Map<string, Raw>()
  /** The open watches by path. */
  const watches = new Map<string, Set<ServerResponse>>()
  const watching = (path: string) => watches.get(path) ?? new Set()
  let version = 100
  return {
    state,
    leases,
    watching,
    get version() {
      return `${version}`
    },
    addWatch: (path: string, response: ServerResponse) => {
      const open = watching(path).add(response)
      watches.set(path, open)
      response.on('close', () => open.delete(response))
    },
    putLease: (name: string, raw: Raw): Raw => {
      const metadata = {
        uid: `uid-${name}`,
        ...(raw.metadata as Raw),
        name,
        resourceVersion: `${++version}`,
      }
      const lease = { ...raw, metadata }
      leases.set(name, lease)
      for (const one of watching(LEASES)) one.write(event('MODIFIED', lease))
      return lease
    },
  }
}

/** Starts one; `uid` is that of its kube-system namespace. */
export async function startFakeMember(uid: string) {
  const state = initialState(uid)
  const store = createStore(state)
  let heldPath = ''
  const held: (() => void)[] = []
  const answer = (url: URL, response: ServerResponse, message: IncomingMessage) => {
    const { pathname } = url
    const failing = state.failing[pathname]
    const found = single(store, pathname)
    if (pathname === heldPath) held.push(() => answer(url, response, message))
    else if (state.silent(pathname)) return
    else if (failing !== undefined) json(response, {}, failing)
    else if (message.method !== 'GET') void write(store, url, message, response)
    else if (found !== undefined) json(response, ...found)
    else listOrWatch(store, url, response)
  }
  const server = await startFakeApiServer(answer)
  const kubeconfig = kubeconfigText({ server: server.url })
  return {
    state,
    leases: store.leases,
    putLease: store.putLease,
    kubeconfig,
    spec: { kind: 'endpoint', url: server.url } as const,
    url: server.url,
    requests: server.requests,
    /** Tells the watches of this path about a new object. */
    add: (path: string, object: Raw) => {
      for (const one of store.watching(path)) one.write(event('ADDED', object))
    },
    endWatches: (path: string) => {
      for (const one of store.watching(path)) one.end()
    },
    /** Holds requests of this path until `release`. */
    hold: (path: string) => {
      heldPath = path
    },
    release: () => {
      heldPath = ''
      for (const go of held.splice(0)) go()
    },
    close: () => server.close(),
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** Answers an access review, or the creation of a CRD, or a write of a Lease. */
async function write(
  { state, leases, putLease }: FakeStore,
  url: URL,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(message, 'end')
  const body = JSON.parse(Buffer.concat(chunks).toString()) as { metadata: Raw; spec: Raw }
  if (url.pathname === REVIEWS) {
    const { verb, resource } = body.spec.resourceAttributes as Raw
    const allowed = !state.denied.has(`${verb} ${resource}`)
    json(response, { status: { allowed } }, 201)
  } else if (url.pathname === CRDS) {
    const isThere = state.served.length > 0
    if (!isThere) state.delay = 3
    json(response, body, isThere ? 409 : 201)
  } else if (url.pathname === LEASES) {
    const name = String(body.metadata.name)
    if (leases.has(name)) json(response, {}, 409)
    else json(response, putLease(name, body), 201)
  } else {
    const name = url.pathname.slice(LEASES.length + 1)
    const found = leases.get(name)
    const { resourceVersion } = (found?.metadata ?? {}) as Raw
    if (found === undefined) json(response, {}, 404)
    else if (body.metadata.resourceVersion !== resourceVersion) json(response, {}, 409)
    else json(response, putLease(name, mergePatch(found, body) as Raw))
  }
}

/** Body and status of a single object or of discovery; undefined for a list or watch. */
function single(
  { state, leases }: FakeStore,
  pathname: string,
): readonly [body: unknown, status?: number] | undefined {
  if (pathname === '/version') return [{ gitVersion: 'v1.36.0' }]
  if (pathname === '/api/v1/namespaces/kube-system') {
    const creationTimestamp = '2026-01-01T00:00:00Z'
    return [{ metadata: { name: 'kube-system', uid: state.uid, creationTimestamp } }]
  }
  if (pathname === '/api/v1/namespaces/clusterset-dns-fleet') {
    return [{}, state.hubNamespace ? 200 : 404]
  }
  if (pathname.startsWith('/apis/about')) {
    return state.property === '' ? [{}, 404] : [{ spec: { value: state.property } }]
  }
  if (pathname === MCS) {
    if (state.delay > 0 && --state.delay === 0) state.served = served
    return state.served.length === 0 ? [{}, 404] : [{ versions: [{ version: 'v1alpha1' }] }]
  }
  if (pathname === `${MCS}/v1alpha1`) {
    return [{ resources: state.served.map((name) => ({ name })) }]
  }
  if (!pathname.startsWith(`${LEASES}/`)) return undefined
  const lease = leases.get(pathname.slice(LEASES.length + 1))
  return lease === undefined ? [{}, 404] : [lease]
}

function listOrWatch(store: FakeStore, url: URL, response: ServerResponse): void {
  const { pathname, searchParams } = url
  const { state, leases, version } = store
  // The fleet selects member Leases by label.
  const items =
    pathname === LEASES
      ? [...leases.values()].filter(({ metadata }) => (metadata as Raw).labels !== undefined)
      : (state.objects[pathname.split('/').at(-1)!] ?? [])
  if (!searchParams.has('watch')) {
    json(response, { metadata: { resourceVersion: version }, items })
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  store.addWatch(pathname, response)
  response.flushHeaders()
  if (searchParams.get('resourceVersion') !== null) return
  for (const one of items) response.write(event('ADDED', one))
  response.write(bookmark(version, true))
}

/** Starts a fake member that is closed at the end of the test. */
export async function startMember(uid: string): Promise<FakeMember> {
  const member = await startFakeMember(uid)
  onTestFinished(() => member.close())
  return member
}

/** A Secret of the hub that defines a member. */
export function memberSecret(name: string, id: string, kubeconfig: string): Raw {
  const labels = { 'clusterset-dns.io/member': id }
  const metadata = {
    name,
    namespace: 'clusterset-dns-fleet',
    uid: name,
    resourceVersion: '5',
    labels,
  }
  return { metadata, data: { kubeconfig: Buffer.from(kubeconfig).toString('base64') } }
}

/** A Lease of a member, as the fleet writes it. */
export function memberLease(id: string, uid: string, leave?: 'asked' | 'done'): Raw {
  return {
    metadata: {
      labels: { 'clusterset-dns.io/member': id },
      annotations: {
        'clusterset-dns.io/cluster-id': id,
        'clusterset-dns.io/cluster-uid': uid,
        ...(leave === undefined ? {} : { 'clusterset-dns.io/leave': leave }),
      },
    },
    spec: {},
  }
}
