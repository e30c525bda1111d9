// The clusters that `explain` reads: contexts of a kubeconfig, or the members of the fleet with those from Secrets of the hub.
import { type FleetConfig, hubSpec } from '../../fleet/config.ts'
import { readHub } from '../../fleet/preflight/read-hub.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { usableMembers, withClient } from '../fleet-check.ts'
import type { ExplainFlags } from './explain-flags.ts'
import { kubectlWords } from './kubectl-words.ts'
import { type HubLeases, readLeases } from './read-leases.ts'

/** The clusters, and what is known of the hub before they are read. */
export interface FleetMembers {
  readonly members: readonly { readonly id: string; readonly spec: ApiSpec }[]
  readonly leases: HubLeases | undefined
  /** The words of a command in the hub. */
  readonly kubectl: string
}

/** Rejects with the error of the hub only if it alone knows the members. */
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
    try {
      const { secrets } = await readHub(client, limit)
      const leases = await readLeases(client, 'the hub', deps.clock, limit)
      return { members: usableMembers(secrets, config).members, leases, kubectl }
    } catch (error) {
      if (signal.aborted || members.length === 0) throw error
      if (!(error instanceof ApiError) && !limit.aborted) throw error
      return { members, leases: undefined, kubectl }
    }
  })
}
