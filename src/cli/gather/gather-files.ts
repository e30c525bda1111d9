// All files of a support archive: the program, the status of the fleet, each cluster in a folder of its own, the summary.

import { nestedObject } from '../../fleet/api/unstructured.ts'
import { type FleetConfig, hubSpec } from '../../fleet/config.ts'
import { failure } from '../../fleet/preflight/check-cluster.ts'
import { ApiClient } from '../../kube/api-client.ts'
import { type ApiSpec, specName } from '../../kube/client-config.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { hideTokens } from '../../kube/plugin-output.ts'
import { version } from '../../version.ts'
import { fleetMembers } from '../explain/fleet-members.ts'
import { statusOnce } from '../status/status-command.ts'
import { configFiles, podFiles } from './pod-files.ts'
import { attempt, type GatheredCluster, jsonFile, objectFiles } from './read-cluster.ts'
import { addUnread, type ClusterReport, clusterReport, summaryText } from './report.ts'
import type { ArchiveFile } from './tar.ts'

/** What is gathered, and where the course of it is told. */
export interface Gathering {
  readonly config: FleetConfig
  readonly hasContexts: boolean
  /** The only folder at the top of the archive. */
  readonly root: string
  readonly deps: FullClientDeps
  /** Filled while the files are read. */
  readonly reports: ClusterReport[]
  readonly signal: AbortSignal
}

/** The files in the order in which they are read. Rejects when the signal aborts. */
export async function* gatherFiles(gathering: Gathering): AsyncGenerator<ArchiveFile> {
  const { config, hasContexts, root, deps, reports, signal } = gathering
  const { clock, log } = deps
  const clients: ApiClient[] = []
  const clean = (text: string) =>
    hideTokens(clients.reduce((rest, client) => client.hide(rest), text))
  const fleet = clusterReport('fleet')
  reports.push(fleet)
  const top = { folder: root, report: fleet, clean, clock, signal }
  try {
    yield jsonFile(top, 'versions', {
      clusterset_dns: version,
      node: process.version,
      platform: `${process.platform}/${process.arch}`,
    })
    log.info('looking for the members of the fleet')
    const rightsOf = hasContexts ? 'account' : 'us'
    const what = 'members in Secrets of the hub'
    const found = await attempt(top, what, (limit) => fleetMembers(config, rightsOf, deps, limit))
    fleet.reached = found !== undefined && found.error === undefined
    if (found?.error !== undefined) addUnread(fleet, what, clean(failure(found.error).text))
    const members = withHub(found?.members ?? config.members, hubSpec(config, deps.env))
    const clusters = members.map(({ name, spec }): GatheredCluster => {
      const report = clusterReport(`cluster ${name} (${specName(spec)})`)
      const client = new ApiClient(spec, deps)
      reports.push(report)
      clients.push(client)
      return { folder: `${root}/clusters/${name}`, client, report, clean, clock, signal }
    })
    // All credentials are known before the first text is written, so that each text is searched for all of them.
    const versions = await Promise.all(clusters.map(readVersion))
    log.info('reading the status of the fleet')
    const status = await attempt(top, 'status', () => statusOnce(config, deps, signal))
    if (status !== undefined) yield jsonFile(top, 'status', status)
    for (const [i, cluster] of clusters.entries()) {
      const { title, reached } = cluster.report
      if (!reached) continue
      log.info(`reading ${title}`)
      yield jsonFile(cluster, 'version', versions[i])
      yield* objectFiles(cluster)
      yield* configFiles(cluster)
      yield* podFiles(cluster)
    }
    const head = `clusterset-dns ${version}, gathered at ${new Date(clock.wall()).toISOString()}`
    yield { path: `${root}/summary.txt`, content: clean(summaryText(head, reports)) }
  } finally {
    await Promise.all(clients.map((client) => client.close()))
  }
}

/** The members by the names of their folders, and the hub if it is none of them. */
function withHub(
  members: readonly { readonly id: string; readonly spec: ApiSpec }[],
  hub: ApiSpec,
) {
  const named = members.map(({ id, spec }) => ({ name: id, spec }))
  const isMember = members.some(({ spec }) => specName(spec) === specName(hub))
  // No id of a member has a "_".
  return isMember ? named : [...named, { name: '_hub', spec: hub }]
}

async function readVersion(cluster: GatheredCluster): Promise<object | undefined> {
  const { client, report } = cluster
  const info = { verb: 'get', resource: 'version', group: '' } as const
  const found = await attempt(cluster, 'the cluster', (signal) =>
    client.read({ info, path: '/version', accept: JSON_TYPE, signal }),
  )
  report.reached = found !== undefined
  if (found === undefined) return undefined
  const fields = nestedObject(found)
  report.lines.push(`Kubernetes ${String(fields.gitVersion)} at ${client.server}`)
  return { ...fields, server: client.server, clockSkewMs: client.skewMs }
}
