// `clusterset-dns fleet check`: a report of the hub and of each member, and exit code 1 when something is missing.
// With --install-crds it first creates the CRDs where there are none.
import { HUB_NAMESPACE } from '../fleet/api/names.ts'
import { type FleetConfig, hubSpec, type MemberSpec } from '../fleet/config.ts'
import { type MemberSecret, secretProblem } from '../fleet/hub/member-secrets.ts'
import { timeLimit } from '../fleet/hub/timeout.ts'
import { Identities, type IdentityRecord } from '../fleet/member/identity.ts'
import {
  attempt,
  checkHub,
  checkMember,
  type Finding,
  type MemberFindings,
} from '../fleet/preflight/check-cluster.ts'
import { installCrds } from '../fleet/preflight/install-crds.ts'
import { type HubContents, readHub } from '../fleet/preflight/read-hub.ts'
import { ApiClient } from '../kube/api-client.ts'
import { ApiError } from '../kube/api-error.ts'
import { type ApiSpec, specName } from '../kube/client-config.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import type { FleetFlags } from './fleet-flags.ts'
import type { Terminal } from './terminal.ts'

/** A cluster that does not answer holds up the report for this long at most. */
const TIMEOUT_MS = 15_000

/** Prints the report; resolves to the exit code. */
export async function fleetCheck(
  { config, installCrds: install }: FleetFlags,
  deps: ClientDeps,
  { print }: Pick<Terminal, 'print'>,
  signal: AbortSignal,
): Promise<number> {
  const full = fullClientDeps(deps)
  let failures = 0
  const report = (title: string, findings: readonly Finding[]) => {
    print(title)
    for (const { ok, text } of findings) print(`  ${ok ? 'ok     ' : 'MISSING'}  ${text}`)
    failures += findings.filter(({ ok }) => !ok).length
  }
  const spec = hubSpec(config, full.env)
  const hub = await withClient(spec, full, signal, inspectHub)
  const { members, findings } = usableMembers(hub.secrets, config)
  report(`hub (${specName(spec)})`, [...hub.findings, ...findings])
  // They are asked side by side, and told of in order.
  const results = await Promise.all(
    members.map(({ id, spec }) =>
      withClient(spec, full, signal, async (client, limit) => ({
        installed: install ? await tryInstall(client, full, limit) : [],
        checked: await checkMember(id, client, limit),
      })),
    ),
  )
  const identities = new Identities(() => hub.records)
  for (const [i, { id, spec }] of members.entries()) {
    const { installed, checked } = results[i]!
    const identity = checkIdentity(id, checked.identity, identities, hub.records)
    report(`cluster ${id} (${specName(spec)})`, [
      ...installed,
      ...new Map(
        [checked.reached, ...identity, ...checked.others].map((one) => [one.text, one]),
      ).values(),
    ])
  }
  if (failures === 0) print(`all is well with the hub and ${members.length} members`)
  else print(`${failures} missing`)
  return failures === 0 ? 0 : 1
}

/** What is wrong with the hub, and what is in it. */
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
      // Which rights are missing is said already.
      if (!(error instanceof ApiError) || error.reason !== 'forbidden') throw error
    }
    return ''
  })
  return { ...contents, findings: read.ok ? findings : [...findings, read] }
}

/** The members that the fleet would take, and a finding for each Secret that it would not. */
function usableMembers(secrets: readonly MemberSecret[], { members }: FleetConfig) {
  const configured = new Set(members.map(({ id }) => id))
  const accepted: MemberSecret[] = []
  const findings: Finding[] = []
  for (const secret of secrets) {
    const problem = secretProblem(secret, configured, accepted)
    if (problem === '') accepted.push(secret)
    else findings.push({ ok: false, text: `Secret ${HUB_NAMESPACE}/${secret.name}: ${problem}` })
  }
  const others = accepted.map(({ id, name, kubeconfig }): MemberSpec => {
    const from = `Secret ${HUB_NAMESPACE}/${name}`
    return { id, spec: { kind: 'text', from, read: () => kubeconfig } }
  })
  return { members: [...members, ...others], findings }
}

/** Whether it may be a member as who it is. */
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
    return [{ ok: false, text: error instanceof Error ? error.message : String(error) }]
  }
  const hasLeft = records.some((one) => one.id === id && one.left)
  const rejoin = `it has left the fleet; to take it back: clusterset-dns fleet join ${id}`
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

/** Rejects when the signal aborts; `work` gets one that also aborts when it takes too long. */
async function withClient<T>(
  spec: ApiSpec,
  deps: FullClientDeps,
  signal: AbortSignal,
  work: (client: ApiClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = new ApiClient(spec, deps)
  const limit = timeLimit(deps.clock, TIMEOUT_MS)
  try {
    return await work(client, AbortSignal.any([signal, limit.signal]))
  } finally {
    limit.cancel()
    await client.close()
  }
}
