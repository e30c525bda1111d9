// The files that a support archive has of one cluster. Each request that fails is a line of the summary.
import { MCS_GROUP, shortHash } from '../../fleet/api/names.ts'
import { timeLimit } from '../../fleet/hub/timeout.ts'
import { deadlineError, failure } from '../../fleet/preflight/check-cluster.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import type { Clock } from '../../kube/clock.ts'
import { discoverVersion, type McsResource } from '../../kube/discovery.ts'
import { PagedList } from '../../kube/list-pages.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { mapStrings } from './clean.ts'
import { type GatheredList, gatheredLists, namespaceOf } from './gathered-objects.ts'
import { addUnread, type ClusterReport } from './report.ts'
import type { ArchiveFile } from './tar.ts'

/** Milliseconds for one list or one log. */
const REQUEST_MS = 30_000

/** Bytes of the objects of one list, as JSON. */
export const LIST_BYTES = 32_000_000

/** A cluster of which files are gathered. */
export interface GatheredCluster {
  /** The path of its folder in the archive. */
  readonly folder: string
  readonly client: ApiClient
  readonly report: ClusterReport
  readonly clock: Clock
  /** Takes the credentials of all clusters, and what looks like some, out of a text. */
  readonly clean: (text: string) => string
  readonly signal: AbortSignal
}

/** Where a failure is recorded; without a client what fails names its server. */
type Attempting = Pick<GatheredCluster, 'report' | 'clock' | 'clean' | 'signal'> &
  Partial<Pick<GatheredCluster, 'client'>>

/** Runs `work` with its time limit; undefined when it fails, which the report tells. Rejects when the signal aborts. */
export async function attempt<T>(
  { report, clock, clean, signal, client }: Attempting,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const limit = timeLimit(clock, REQUEST_MS)
  try {
    return await work(AbortSignal.any([signal, limit.signal]))
  } catch (error) {
    signal.throwIfAborted()
    const late = client && deadlineError({ client, signal: limit.signal })
    addUnread(report, what, clean(failure(late ?? error).text))
    return undefined
  } finally {
    limit.cancel()
  }
}

/** The lists of objects, as JSON. */
export async function* objectFiles(cluster: GatheredCluster): AsyncGenerator<ArchiveFile> {
  const shared = new Set<string>()
  for (const list of gatheredLists) {
    const file = await attempt(cluster, list.resource, async (signal) => {
      const { items, isCut } = await readList(cluster.client, list, shared, signal)
      if (isCut) addUnread(cluster.report, list.resource, cutText(items.length))
      if (list.group === MCS_GROUP) for (const one of items) shared.add(namespaceOf(one))
      const made = jsonFile(cluster, list.resource, { items })
      cluster.report.lines.push(`${items.length} ${list.resource}`)
      return made
    })
    if (file !== undefined) yield file
  }
}

/** A file with a document in which all texts are clean. */
export function jsonFile(
  { folder, clean }: Pick<GatheredCluster, 'folder' | 'clean'>,
  name: string,
  value: unknown,
): ArchiveFile {
  const content = `${JSON.stringify(mapStrings(value, clean), undefined, 2)}\n`
  return { path: `${folder}/${name}.json`, content }
}

/** The text for a list of which only the first objects are read. */
export function cutText(count: number): string {
  return `the archive has only the first ${count}, which are ${LIST_BYTES / 1e6} MB`
}

/** The objects of a list; `isCut`: there are more of them than fit. */
interface ReadList {
  readonly items: readonly object[]
  readonly isCut: boolean
}

/** The objects of a list that are wanted, as they are shown: at most `maxBytes`. Rejects with ApiError. */
export async function readList(
  client: ApiClient,
  { resource, group, path, query, isWanted, shown }: GatheredList,
  shared: ReadonlySet<string>,
  signal: AbortSignal,
  maxBytes = LIST_BYTES,
): Promise<ReadList> {
  const api =
    path ?? `/apis/${group}/${await discoverVersion(client, signal, resource as McsResource)}`
  const listed = { resource, group, path: `${api}/${resource}`, query, acceptList: JSON_TYPE }
  const items: object[] = []
  let bytes = 0
  for await (const raw of new PagedList(client).objects(listed, signal)) {
    if (!isWanted(raw, shared)) continue
    const item = shown(raw)
    bytes += Buffer.byteLength(JSON.stringify(item))
    if (bytes > maxBytes) return { items, isCut: true }
    items.push(item)
  }
  return { items, isCut: false }
}

/** A name as part of a path in the archive: at most `max` characters, and no folder. */
export function fileName(name: string, max: number): string {
  const plain = name.replaceAll(/[^\w.-]/g, '_').replace(/^\./, '_')
  return plain.length <= max ? plain : `${plain.slice(0, max - 11)}-${shortHash(name)}`
}
