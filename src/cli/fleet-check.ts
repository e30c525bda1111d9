// `clusterset-dns fleet check`: reports on the hub and on each member; exit code 1 when a check fails. With
// --install-crds it first creates missing CRDs.
import { hubSpec } from '../fleet/config.ts'
import { Identities, type IdentityRecord } from '../fleet/member/identity.ts'
import {
  attempt,
  checkHub,
  checkMember,
  type Finding,
  failure,
  type MemberFindings,
} from '../fleet/preflight/check-cluster.ts'
import {
  checkHubRenewal,
  checkMemberRenewal,
  renewableAccount,
} from '../fleet/preflight/check-renewal.ts'
import { installCrds } from '../fleet/preflight/install-crds.ts'
import { type HubContents, readHub } from '../fleet/preflight/read-hub.ts'
import type { ApiClient } from '../kube/api-client.ts'
import { ApiError } from '../kube/api-error.ts'
import { specName } from '../kube/client-config.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { type CheckedCluster, CheckReport, titleOf } from './fleet-check-report.ts'
import type { FleetFlags } from './fleet-flags.ts'
import { startProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { type UsableMember, usableMembers } from './usable-members.ts'
import { withClient } from './with-client.ts'

/**
 * Prints what is found in each cluster as soon as all of it is known, or one document at the end, and resolves to the exit
 * code. Rejects when the signal aborts.
 */
export async function fleetCheck(
  { config, installCrds: install, output }: FleetFlags,
  deps: ClientDeps,
  terminal: Pick<Terminal, 'show' | 'paint'>,
  signal: AbortSignal,
): Promise<number> {
  const full = fullClientDeps(deps)
  const report = new CheckReport(terminal, output)
  const awaited = new Set<string>()
  const check = async <T extends { readonly findings: readonly Finding[] }>(
    cluster: CheckedCluster,
    work: () => Promise<T>,
  ): Promise<T> => {
    const title = titleOf(cluster)
    awaited.add(title)
    const result = await work()
    awaited.delete(title)
    report.add(cluster, result.findings)
    return result
  }
  const endProgress = startProgress(full.log, full.clock, () => `waiting for ${listed(awaited)}`)
  try {
    const spec = hubSpec(config, full.env)
    const theHub = { role: 'hub', id: '', source: specName(spec) } as const
    const { members, records } = await check(theHub, async () => {
      const hub = await withClient(spec, full, signal, inspectHub)
      const { members, findings } = usableMembers(hub.secrets, config)
      return { members, records: hub.records, findings: [...hub.findings, ...findings] }
    })
    const identities = new Identities(() => records)
    await Promise.all(
      members.map((member) =>
        check({ role: 'member', id: member.id, source: specName(member.spec) }, () =>
          withClient(member.spec, full, signal, async (client, limit) => {
            const installed = install ? await tryInstall(client, full, limit) : []
            const found = await inspectMember(member, client, identities, records, limit)
            return { findings: [...installed, ...found] }
          }),
        ),
      ),
    )
    report.end(members.map(({ id }) => id))
    return report.problems === 0 ? 0 : 1
  } finally {
    endProgress()
  }
}

function listed(titles: Iterable<string>): string {
  return [...titles].join(', ')
}

/** Checks the hub and reads its Leases and Secrets. */
async function inspectHub(
  client: ApiClient,
  signal: AbortSignal,
): Promise<HubContents & { readonly findings: readonly Finding[] }> {
  const findings = await checkHub(client, signal)
  let contents: HubContents = { records: [], secrets: [] }
  if (findings[0]?.ok === false) return { ...contents, findings }
  const read = await attempt({ client, signal }, async () => {
    try {
      contents = await readHub(client, signal)
    } catch (error) {
      // checkHub has already reported missing permissions.
      if (!(error instanceof ApiError) || error.reason !== 'forbidden') throw error
    }
    return ''
  })
  if (!read.ok) return { ...contents, findings: [...findings, read] }
  const isRenewable = contents.secrets.some((one) => renewableAccount(one.kubeconfig) !== undefined)
  const renewal = isRenewable ? await checkHubRenewal({ client, signal }) : []
  return { ...contents, findings: [...findings, ...renewal] }
}

/** Checks a member; its identity against the members that were checked before it, and against the records of the hub. */
async function inspectMember(
  { id, account }: Pick<UsableMember, 'id' | 'account'>,
  client: ApiClient,
  identities: Identities,
  records: readonly IdentityRecord[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { reached, identity, others } = await checkMember(id, client, signal)
  const isRenewable = account !== undefined && reached.ok
  const renewal = isRenewable ? await checkMemberRenewal({ client, signal }, account) : []
  const own = checkIdentity(id, identity, identities, records)
  // One cause, such as a server that does not answer, may fail several checks.
  const byText = new Map([reached, ...own, ...others, ...renewal].map((one) => [one.text, one]))
  return [...byText.values()]
}

/** Checks the member's id and UID against the other members and the records of the hub. */
function checkIdentity(
  name: string,
  identity: MemberFindings['identity'],
  identities: Identities,
  records: readonly IdentityRecord[],
): readonly Finding[] {
  if (identity === undefined) return []
  if ('ok' in identity) return [identity]
  const { id } = identity
  try {
    identities.claim(name, identity)
  } catch (error) {
    return [failure(error)]
  }
  const hasLeft = records.some((one) => one.id === id && one.left)
  const rejoin = `it has left the fleet; to add it again: clusterset-dns fleet join ${id}`
  return [{ ok: true, text: `its id is ${id}` }, ...(hasLeft ? [{ ok: true, text: rejoin }] : [])]
}

async function tryInstall(
  client: ApiClient,
  { clock }: FullClientDeps,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  let lines: readonly string[] = []
  const outcome = await attempt({ client, signal }, async () => {
    lines = await installCrds(client, clock, signal)
    return ''
  })
  return outcome.ok ? lines.map((text) => ({ ok: true, text })) : [outcome]
}
