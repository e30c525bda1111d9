// The clusters that `explain` reads: contexts of a kubeconfig, or the members of the fleet with those from Secrets of the hub.
import { CodedError } from '../../errors.ts'
import { type FleetConfig, hubSpec } from '../../fleet/config.ts'
import { deadlineError } from '../../fleet/preflight/check-cluster.ts'
import { readHub } from '../../fleet/preflight/read-hub.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { usableMembers } from '../usable-members.ts'
import { withClient } from '../with-client.ts'
import type { ExplainFlags } from './explain-flags.ts'
import { kubectlWords } from './kubectl-words.ts'
import { type HubLeases, readLeases } from './read-leases.ts'

/** The clusters, and what is known of the hub before they are read. */
export interface FleetMembers {
  readonly members: readonly { readonly id: string; readonly spec: ApiSpec }[]
  readonly leases: HubLeases | undefined
  /** The words of a command in the hub. */
  readonly kubectl: string
  /** Why the hub was not read whole, so that members may be missing. */
  readonly error?: unknown
}

/** Rejects with the error of the hub only if no member is known without it. */
export async function fleetMembers(
  config: FleetConfig,
  rightsOf: ExplainFlags['rightsOf'],
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<FleetMembers> {
  const { members } = config
  // Contexts name no hub.
  if (rightsOf === 'account') return { members, leases: undefined, kubectl: 'kubectl' }
  const spec = hubSpec(config, deps.env)
  const kubectl = kubectlWords(spec, 'hub', deps.env)
  return withClient(spec, deps, signal, async (client, limit) => {
    let known: FleetMembers['members'] = members
    try {
      const { secrets } = await readHub(client, limit)
      known = usableMembers(secrets, config).members
      const leases = await readLeases(client, 'the hub', deps.clock, limit)
      return { members: known, leases, kubectl }
    } catch (caught) {
      signal.throwIfAborted()
      const error = deadlineError({ client, signal: limit }) ?? caught
      if (known.length === 0 || !(error instanceof CodedError)) throw error
      return { members: known, leases: undefined, kubectl, error }
    }
  })
}
