// The memory of the fleet process with 10,000 exported Services of three endpoints and two members that import all of
// them: after all exports are imported, and after a restart that only lists them.
import { setTimeout as delay } from 'node:timers/promises'
import { createAll, startTwoClusters } from '../../support/fleet-clusters.ts'
import { exportOf } from '../../support/fleet-objects.ts'
import { type FleetProcess, startFleet } from '../../support/fleet-process.ts'
import { memoryOf } from '../../support/process.ts'
import type { Findings } from '../../support/report.ts'

const SERVICES = 10_000
/** Enough time for the process to release memory after a list or a mass export. */
const IDLE_MS = 60_000
const GOAL_MB = 250

/** Measures the resident set after the import and after a restart. */
export async function fleetMemory(): Promise<Findings> {
  const clusters = await startTwoClusters({ services: SERVICES })
  const { east, west } = clusters
  const members = { east: east.kubeconfigs.token, west: west.kubeconfigs.token }
  const exports = Array.from({ length: SERVICES }, (_, i) => exportOf(i))
  try {
    const afterWork = await withFleet(members, async (fleet) => {
      await createAll(east, exports)
      return idleRss(fleet)
    })
    const afterStart = await withFleet(members, idleRss)
    const larger = Math.max(afterWork, afterStart)
    return {
      rows: [
        [`RSS at ${SERVICES} exports, after a start`, `${megabytes(afterStart)} MB`],
        [
          `RSS at ${SERVICES} exports, after all of them are imported`,
          `${megabytes(afterWork)} MB`,
        ],
      ],
      goals: [
        {
          what: `RSS at ${SERVICES} exported services of 3 endpoints, two members`,
          goal: `under ${GOAL_MB} MB`,
          measured: `${megabytes(larger)} MB`,
          met: larger / 1e6 < GOAL_MB,
        },
      ],
      notes: [
        `Memory: resident set of the process, ${IDLE_MS / 1000} s after its last write; the goal applies to the larger value.`,
      ],
    }
  } finally {
    await clusters.stop()
  }
}

async function withFleet(
  members: Readonly<Record<string, string>>,
  work: (fleet: FleetProcess) => Promise<number>,
): Promise<number> {
  const fleet = await startFleet({ members })
  try {
    return await work(fleet)
  } finally {
    await fleet.stop()
  }
}

async function idleRss(fleet: FleetProcess): Promise<number> {
  await fleet.settled()
  await delay(IDLE_MS)
  return memoryOf(fleet.pid).rss
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
