// What a support archive has of the pods of this project in one cluster: their state, logs and metrics; and Corefiles.
import { nestedObject, objectsOf, stringMapOf, stringOf } from '../../fleet/api/unstructured.ts'
import { cleanCorefile, podSummary } from './clean.ts'
import { type GatheredList, namespaceOf, OURS_QUERY } from './gathered-objects.ts'
import {
  attempt,
  cutText,
  fileName,
  type GatheredCluster,
  jsonFile,
  readList,
} from './read-cluster.ts'
import { addUnread } from './report.ts'
import type { ArchiveFile } from './tar.ts'

/** The last lines of a log, and bytes at most. */
const LOG_LINES = 5000
const LOG_BYTES = 4_000_000
/** The container of the DNS server beside CoreDNS (deploy/dns/coredns-sidecar). */
const SIDECAR = 'clusterset-dns'
/** The names of the ports with /metrics, in deploy/. */
const METRICS_PORTS = ['metrics', 'mcs-metrics', 'http']
/** The namespaces of ConfigMaps, and their keys that hold a configuration. */
const CONFIG_NAMESPACES = ['kube-system', 'clusterset-dns', 'clusterset-dns-fleet']
const CONFIG_KEYS = ['Corefile', 'fleet.yaml']

const pods: GatheredList = {
  resource: 'pods',
  group: '',
  path: '/api/v1',
  query: OURS_QUERY,
  isWanted: () => true,
  shown: podSummary,
}
const sidecars: GatheredList = {
  ...pods,
  path: '/api/v1/namespaces/kube-system',
  query: '&labelSelector=k8s-app%3Dkube-dns',
  isWanted: (raw) => containersOf(raw).some(({ name }) => name === SIDECAR),
}

/** The pods as JSON, and the logs and metrics of their containers. */
export async function* podFiles(cluster: GatheredCluster): AsyncGenerator<ArchiveFile> {
  const found = new Map<string, object>()
  for (const list of [pods, sidecars]) {
    const read = (signal: AbortSignal) => readList(cluster.client, list, new Set(), signal)
    const all = await attempt(cluster, 'pods', read)
    if (all?.isCut) addUnread(cluster.report, 'pods', cutText(all.items.length))
    for (const pod of all?.items ?? []) {
      found.set(`${namespaceOf(pod)}/${nameOf(pod)}`, pod)
    }
  }
  cluster.report.lines.push(`${found.size} pods`)
  yield jsonFile(cluster, 'pods', { items: [...found.values()] })
  for (const pod of found.values()) {
    const containers = containersOf(pod)
    const isSidecar = containers.length > 1 && containers.some(({ name }) => name === SIDECAR)
    for (const container of containers) {
      if (isSidecar && container.name !== SIDECAR) continue
      yield* containerFiles(cluster, pod, container)
    }
  }
}

async function* containerFiles(
  cluster: GatheredCluster,
  pod: object,
  container: Readonly<Record<string, unknown>>,
): AsyncGenerator<ArchiveFile> {
  const namespace = namespaceOf(pod)
  const name = stringOf(container.name)
  const path = `/api/v1/namespaces/${namespace}/pods/${nameOf(pod)}`
  const file = `${fileName(namespace, 30)}/${fileName(nameOf(pod), 45)}_${fileName(name, 40)}`
  const query = `container=${encodeURIComponent(name)}&timestamps=true&tailLines=${LOG_LINES}&limitBytes=${LOG_BYTES}`
  const what = `${namespace}/${nameOf(pod)} container ${name}`
  yield* textFile(cluster, `logs/${file}.log`, `log of ${what}`, `${path}/log?${query}`)
  const statuses = objectsOf(nestedObject(pod, 'status').containerStatuses)
  if (statuses.some((one) => one.name === name && one.restartCount !== 0)) {
    const before = `${path}/log?${query}&previous=true`
    yield* textFile(cluster, `logs/${file}.previous.log`, `previous log of ${what}`, before)
  }
  for (const { name: port, containerPort } of objectsOf(container.ports)) {
    if (!METRICS_PORTS.includes(stringOf(port))) continue
    const proxied = `${path}:${Number(containerPort)}/proxy/metrics`
    yield* textFile(cluster, `metrics/${file}.txt`, `metrics of ${what}`, proxied)
  }
}

/** A file with a text of the API server; none when it cannot be read. */
async function* textFile(
  cluster: GatheredCluster,
  file: string,
  what: string,
  path: string,
): AsyncGenerator<ArchiveFile> {
  const { client, folder, clean, report } = cluster
  const info = { verb: 'get', resource: what, group: '' } as const
  const content = await attempt(cluster, what, async (signal) => {
    const { body } = await client.get({ info, path, accept: '*/*', signal })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size > LOG_BYTES) break
    }
    return Buffer.concat(chunks).toString('utf8')
  })
  if (content === undefined) return
  report.lines.push(what)
  yield { path: `${folder}/${file}`, content: clean(content) }
}

/** The Corefiles and the configuration of the fleet, without secrets. */
export async function* configFiles(cluster: GatheredCluster): AsyncGenerator<ArchiveFile> {
  const { folder, clean, report } = cluster
  for (const namespace of CONFIG_NAMESPACES) {
    const maps: GatheredList = {
      ...pods,
      resource: 'configmaps',
      path: `/api/v1/namespaces/${namespace}`,
      query: '',
      isWanted: (raw) => CONFIG_KEYS.some((key) => key in nestedObject(raw, 'data')),
      shown: (raw) => ({ name: nameOf(raw), data: nestedObject(raw, 'data') }),
    }
    const read = (signal: AbortSignal) => readList(cluster.client, maps, new Set(), signal)
    const what = `configmaps of ${namespace}`
    const all = await attempt(cluster, what, read)
    if (all?.isCut) addUnread(report, what, cutText(all.items.length))
    for (const map of all?.items ?? []) {
      const { name, data } = nestedObject(map)
      for (const [key, text] of Object.entries(stringMapOf(data))) {
        if (!CONFIG_KEYS.includes(key)) continue
        report.lines.push(`${key} of ${namespace}/${stringOf(name)}`)
        const path = `${folder}/config/${namespace}/${fileName(stringOf(name), 60)}_${key}`
        yield { path, content: clean(key === 'Corefile' ? cleanCorefile(text) : text) }
      }
    }
  }
}

function nameOf(raw: unknown): string {
  return stringOf(nestedObject(raw, 'metadata').name)
}

function containersOf(pod: unknown): readonly Readonly<Record<string, unknown>>[] {
  return objectsOf(nestedObject(pod, 'spec').containers)
}
