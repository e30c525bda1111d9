// Which member is the hub.
import { isDeepStrictEqual } from 'node:util'
import { type ApiSpec, specName } from '../../kube/client-config.ts'
import type { FleetConfig } from '../config.ts'
import { hubSpec } from '../config.ts'
import type { KubeCluster } from '../member/kube-cluster.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The configured name of the member that is reached as the hub is; undefined if there is none. */
export function memberOfHub(config: FleetConfig, env: Env): string | undefined {
  const hub: ApiSpec = hubSpec(config, env)
  return config.members.find(({ spec }) => isDeepStrictEqual(spec, hub))?.id
}

/** The hub for people: "cluster east (kubeconfig /k context a)", "in-cluster". */
export function hubText(config: FleetConfig, env: Env): string {
  const name = specName(hubSpec(config, env))
  const member = memberOfHub(config, env)
  return member === undefined ? name : `cluster ${member} (${name})`
}

/** The configured name of the member with this Lease of a leader; undefined if none has it. Never rejects. */
export async function memberWithLease(
  members: readonly Pick<KubeCluster, 'name' | 'leaderLease' | 'problem'>[],
  uid: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (uid === '') return undefined
  const reached = members.filter(({ problem }) => problem?.kind !== 'away')
  const leases = await Promise.all(
    reached.map((member) => member.leaderLease(signal).catch(() => undefined)),
  )
  return reached.find((_, i) => leases[i]?.uid === uid)?.name
}

/** Why the hub cannot be used, or is not read in full yet; '' when neither holds. */
export function hubProblem(hub: { readonly lastError: string; readonly settled: boolean }): string {
  return hub.lastError || (hub.settled ? '' : 'its Secrets of members are not read yet')
}
