// `clusterset-dns fleet check`: a report of the hub and of each member, and exit code 1 when something is missing.
// With --install-crds it first creates the CRDs where there are none.
import { checkHub, checkMember, type Finding } from '../fleet/check-cluster.ts'
import { hubSpec } from '../fleet/fleet-config.ts'
import { readHub } from '../fleet/hub/read-hub.ts'
import { Identities } from '../fleet/identity.ts'
import { installCrds } from '../fleet/install-crds.ts'
import { ApiClient } from '../kube/api-client.ts'
import { type ApiSpec, specName } from '../kube/recipes.ts'
import { type FullDeps, fullDeps, type SourceDeps } from '../kube/source-deps.ts'
import type { FleetFlags } from './fleet-flags.ts'

/** A cluster that does not answer holds up the report for this long at most. */
const PATIENCE_MS = 15_000

/** Prints the report by `print`; resolves to the exit code. */
export async function fleetCheck(
  { config, installCrds: install }: FleetFlags,
  deps: SourceDeps,
  print: (line: string) => void,
): Promise<number> {
  const full = fullDeps(deps)
  let failures = 0
  const report = (title: string, findings: readonly Finding[]) => {
    print(title)
    for (const { ok, text } of findings) print(`  ${ok ? 'ok     ' : 'MISSING'}  ${text}`)
    failures += findings.filter(({ ok }) => !ok).length
  }
  const spec = hubSpec(config, full.env)
  const hub = await withClient(spec, full, async (client, signal) => ({
    findings: await checkHub(client, signal),
    // Without the right to read them nothing is on record; the findings say so.
    records: await readHub(client, signal).catch(() => ({ records: [], members: [] })),
  }))
  report(`hub (${specName(spec)})`, hub.findings)
  const { records, members } = hub.records
  const identities = new Identities(() => records)
  for (const { id, spec } of [...config.members, ...members]) {
    const findings = await withClient(spec, full, async (client, signal) => {
      const installed = install ? await tryInstall(client, signal) : []
      return [...installed, ...(await checkMember(id, client, identities, signal))]
    })
    report(`cluster ${id} (${specName(spec)})`, findings)
  }
  const count = config.members.length + members.length
  if (failures === 0) print(`all is well with the hub and ${count} members`)
  else print(`${failures} missing`)
  return failures === 0 ? 0 : 1
}

async function tryInstall(client: ApiClient, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    return (await installCrds(client, signal)).map((text) => ({ ok: true, text }))
  } catch (error) {
    return [{ ok: false, text: error instanceof Error ? error.message : String(error) }]
  }
}

async function withClient<T>(
  spec: ApiSpec,
  deps: FullDeps,
  work: (client: ApiClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = new ApiClient(spec, deps)
  try {
    return await work(client, AbortSignal.timeout(PATIENCE_MS))
  } finally {
    await client.close()
  }
}
