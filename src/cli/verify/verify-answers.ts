// The steps at the end of the way: what DNS servers answer, and whether a Pod of the importing cluster connects.
import { dnsLinks, dnsName } from '../../fleet/explain/dns-links.ts'
import type { Link } from '../../fleet/explain/link.ts'
import { ZONE } from '../../fleet/explain/target.ts'
import { askServers } from '../explain/ask-servers.ts'
import type { DnsServer } from '../explain/explain-flags.ts'
import type { ClientReport } from './pod-scripts.ts'
import { done, type Progress, waiting } from './step.ts'
import type { Verification } from './verification.ts'
import { clientPod, SERVICE } from './verify-objects.ts'
import { clientProgress, connectedProgress, resolvedProgress } from './verify-rules.ts'
import type { Walk } from './walk.ts'

/** What is asked for, and what the answers have to be. */
export interface AnswerTarget extends Verification {
  /** The addresses of the import. */
  readonly ips: readonly string[]
  /** True when the exporter has a ready endpoint, so that a client can connect. */
  readonly hasEndpoints: boolean
}

const optional = { blocks: false } as const

/** Where a DNS server is asked: "10.0.0.10:53"; '' without one. */
export function placeOf(server: DnsServer | undefined): string {
  return server === undefined ? '' : `${server.host}:${server.port}`
}

/** Takes the steps; those that nobody asked for are not looked at. */
export async function takeAnswerSteps(target: AnswerTarget, walk: Walk): Promise<void> {
  for (const [id, server] of [
    ['dns', target.dns],
    ['cluster-dns', target.clusterDns],
  ] as const) {
    if (server === undefined) walk.skip(id, '', `--${id} names no server.`)
    else {
      const at = placeOf(server)
      await walk.take({ id, at, look: (s) => dnsProgress(id, server, target, s) }, optional)
    }
  }
  await takeClientSteps(target, walk)
}

async function dnsProgress(
  id: 'dns' | 'cluster-dns',
  server: DnsServer,
  { namespace, importer, ips }: AnswerTarget,
  signal: AbortSignal,
): Promise<Progress> {
  const { name: cluster, kubectl } = importer
  const answers = [{ cluster, kubectl, addresses: [...ips].sort() }]
  const named = { namespace, name: SERVICE, zone: ZONE }
  const servers = { dns: undefined, clusterDns: undefined, [toField(id)]: server }
  const asked = await askServers(servers, { ...named, answers }, signal)
  const links = dnsLinks(named, asked, answers).filter((one) => one.id === id)
  const wrong = links.find(({ state }) => state !== 'holds')
  if (wrong === undefined) return done(links.map(({ text }) => text).join(' '))
  return waitingFor(wrong)
}

function toField(id: 'dns' | 'cluster-dns'): 'dns' | 'clusterDns' {
  return id === 'dns' ? 'dns' : 'clusterDns'
}

function waitingFor({ state, text, command }: Link): Progress {
  const progress = waiting(text, state === 'failed' ? 'failed' : 'broken')
  return command === undefined ? progress : { ...progress, command }
}

async function takeClientSteps(target: AnswerTarget, walk: Walk): Promise<void> {
  const { importer, namespace, image, hasEndpoints, ips, clientSeconds } = target
  const at = importer.name
  if (image === undefined || !hasEndpoints) {
    const why =
      image === undefined ? 'There are no Pods: --no-pods.' : 'The exporter has no ready endpoint.'
    for (const id of ['client', 'pod-dns', 'connect'] as const) walk.skip(id, at, why)
    return
  }
  let report: ClientReport | undefined
  // With its final dot, the search list of the Pod is not tried.
  const name = `${dnsName({ namespace, name: SERVICE, zone: ZONE })}.`
  await walk.take(
    {
      id: 'client',
      at,
      start: (signal) =>
        importer.create(
          'pods',
          namespace,
          clientPod(namespace, image, name, clientSeconds),
          signal,
        ),
      look: async (signal) => {
        const look = clientProgress(await importer.get('pods', namespace, 'client', signal))
        report = look.report
        return look
      },
    },
    { blocks: true },
  )
  // TypeScript does not see that `look` has set it.
  const found = report as ClientReport | undefined
  if (found === undefined) {
    for (const id of ['pod-dns', 'connect'] as const) walk.skip(id, at, 'The client has no report.')
    return
  }
  const { dns, connect } = found
  await walk.report('pod-dns', at, resolvedProgress(dns, ips), dns.ms)
  await walk.report('connect', at, connectedProgress(connect), connect.ms)
}
