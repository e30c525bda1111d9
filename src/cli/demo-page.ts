// The page of a fleet of embedded clusters, as the demo runs one: it has no hub, and this program leads.
import { defaultExportLimits } from '../fleet/api/export-limits.ts'
import { openPolicy } from '../fleet/api/member-policy.ts'
import type { ImportMode } from '../fleet/api/types.ts'
import type { FleetController } from '../fleet/controller/controller.ts'
import type { EmbeddedCluster } from '../fleet/embedded/cluster.ts'
import { watchedFacts } from '../fleet/explain/watched.ts'
import type { PageSource } from '../fleet/page/source.ts'
import { observeMember } from '../fleet/status/observe.ts'
import { fleetStatus } from '../fleet/status/status.ts'
import type { Clock } from '../kube/clock.ts'

interface EmbeddedFleet {
  readonly members: () => readonly EmbeddedCluster[]
  readonly controller: FleetController
  /** Of namespaces without a valid annotation. */
  readonly importMode: ImportMode
  readonly clock: Clock
  readonly version: string
}

const MCS_VERSIONS = new Map([
  ['serviceexports', 'v1alpha1'],
  ['serviceimports', 'v1alpha1'],
])
const MAX_RETRIES = 100

/** What the page reads of the fleet. */
export function embeddedSource(fleet: EmbeddedFleet): PageSource {
  const { controller, importMode, clock } = fleet
  const leader = { holder: 'this program', renewed: '' }
  const observed = () =>
    fleet.members().map((member) => ({
      name: member.name,
      id: member.id,
      synced: member.synced,
      problem: undefined,
      skewMs: 0,
      mcsVersions: MCS_VERSIONS,
      reader: member.reader,
    }))
  return {
    members: fleet.members,
    facts: (request) =>
      watchedFacts({
        request,
        wall: clock.wall(),
        members: observed().map(({ reader, ...member }) => ({
          ...member,
          snapshot: reader.snapshot(`${request.namespace}/${request.name}`),
          policy: openPolicy,
        })),
        leader: undefined,
        records: [],
        importMode,
        exportLimits: defaultExportLimits,
      }),
    role: { observer: 'leader', leader },
    status: async () => {
      const { queues } = controller
      const views = fleet.members().map(({ name }) => {
        const { queued = 0, retrying = 0 } = queues.get(name) ?? {}
        return [name, { phase: 'fresh', answers: true, queued, retrying }] as const
      })
      return fleetStatus({
        wall: clock.wall(),
        version: fleet.version,
        hub: { name: 'in this program', member: null, reached: true, message: '' },
        leader,
        members: observed().map((member) => observeMember({ ...member, kubernetesVersion })),
        records: new Map(),
        refused: new Map(),
        exports: fleet.members().flatMap(({ reader }) => [...reader.exports()]),
        observer: 'leader',
        knowledge: {
          clusters: new Map(views),
          propagation: controller.propagation(),
          retries: controller.retries(MAX_RETRIES),
        },
      })
    },
    measured: controller,
  }
}

async function kubernetesVersion(): Promise<string> {
  return ''
}
