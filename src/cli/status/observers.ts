// The two ways to see the status of a fleet: its clusters themselves, or a running fleet.
import { CodedError } from '../../errors.ts'
import { LEADER_LEASE } from '../../fleet/api/names.ts'
import { Clusterset } from '../../fleet/clusterset.ts'
import { type FleetConfig, hubSpec } from '../../fleet/config.ts'
import type { FleetStatus } from '../../fleet/status/document.ts'
import { hubProblem, memberOfHub, memberWithLease } from '../../fleet/status/hub-member.ts'
import { exportsOf, observeMembers } from '../../fleet/status/observe.ts'
import { fleetStatus } from '../../fleet/status/status.ts'
import { specName } from '../../kube/client-config.ts'
import { type ClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { version } from '../../version.ts'
import { askFleet } from '../cluster-source.ts'
import { readStatus } from './read-status.ts'

/** Milliseconds for the requests of one look. */
const REQUEST_MS = 5000

/** Looks at a fleet. */
export interface StatusObserver {
  /** Rejects with FLEET_API when a running fleet cannot be asked, and when the signal aborts. */
  look(signal: AbortSignal): Promise<FleetStatus>
  close(): Promise<void>
}

/** Asks a running fleet each time. */
export function runningFleet(url: URL): StatusObserver {
  return {
    look: async (signal) => {
      const status = readStatus(await askFleet(url, '/status.json', signal))
      if (status !== undefined) return status
      throw new CodedError('FLEET_API', `${url}: the answer is no status of clusterset-dns.io/v1`)
    },
    close: async () => {},
  }
}

/** Opens the hub and the members, without writes, and keeps watching them. */
export function ownClusters(config: FleetConfig, deps: ClientDeps): StatusObserver {
  const clusters = new Clusterset({ config, deps, mayWrite: () => false })
  const { clock, env } = fullClientDeps(deps)
  const hubName = specName(hubSpec(config, env))
  const byConfig = memberOfHub(config, env)
  return {
    look: async (signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)])
      const { hub, roster, members } = clusters
      const lease = roster.listed
        ? await hub.read(LEADER_LEASE, limit).catch(() => undefined)
        : undefined
      const observed = await observeMembers(members, limit)
      const member = byConfig ?? (await memberWithLease(members, lease?.uid ?? '', limit))
      const message = hubProblem(clusters)
      signal.throwIfAborted()
      return fleetStatus({
        wall: clock.wall(),
        version,
        hub: {
          name: hubName,
          member: member ?? null,
          reached: message === '',
          message,
        },
        leader: { holder: lease?.holder ?? '', renewed: lease?.renewTime ?? '' },
        members: observed,
        records: roster.records,
        refused: clusters.refused,
        exports: exportsOf(members),
        observer: 'command',
        knowledge: undefined,
      })
    },
    close: () => clusters.close(),
  }
}
