// Which member is the hub.
import { isDeepStrictEqual } from 'node:util'
import { type ApiSpec, specName } from '../../kube/client-config.ts'
import type { Clock } from '../../kube/clock.ts'
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

/** Milliseconds for which an answer of the members is reused: the page asks for the status each two seconds. */
const KEPT_MS = 60_000

/** Finds the member with the Lease of a leader, and asks the members once a minute at most. */
export class LeaseMember {
  readonly #clock: Pick<Clock, 'now'>
  #known:
    | { readonly uid: string; readonly at: number; readonly name: string | undefined }
    | undefined

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** As `memberWithLease`. */
  async find(...[members, uid, signal]: Parameters<typeof memberWithLease>) {
    const at = this.#clock.now()
    const known = this.#known
    const isRecent = known !== undefined && known.uid === uid && at - known.at < KEPT_MS
    // A member may have been away, or not be open yet: it is asked again until one has the Lease.
    if (isRecent && members.some(({ name }) => name === known.name)) return known.name
    const name = await memberWithLease(members, uid, signal)
    this.#known = { uid, at, name }
    return name
  }
}

/** Why the hub cannot be used, or is not read in full yet; '' when neither holds. */
export function hubProblem(hub: { readonly lastError: string; readonly settled: boolean }): string {
  return hub.lastError || (hub.settled ? '' : 'its Secrets of members are not read yet')
}
