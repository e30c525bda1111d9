// The memory of the fleet process with 10,000 exported services of three endpoints and two members that import them
// all: after the work is done, and of a new process that only reads what is there.
import { setTimeout as delay } from 'node:timers/promises'
import { createAll, startTwoClusters } from '../../support/fleet-clusters.ts'
import { exportOf } from '../../support/fleet-objects.ts'
import { type FleetProcess, startFleet } from '../../support/fleet-process.ts'
import { memoryOf } from '../../support/process.ts'
import type { Findings } from '../../support/report.ts'

const SERVICES = 10_000
/** What a list or a mass export leaves behind is given back by then, or never. */
const REST_MS = 60_000
const GOAL = 250

export async function fleetMemory(): Promise<Findings> {
  const clusters = await startTwoClusters({ services: SERVICES })
  const { east, west } = clusters
  const members = { east: east.kubeconfigs.token, west: west.kubeconfigs.token }
  const exports = Array.from({ length: SERVICES }, (_, i) => exportOf(i))
  try {
    const worked = await withFleet(members, async (fleet) => {
      await createAll(east, exports)
      return rest(fleet)
    })
    const started = await withFleet(members, rest)
    const worse = Math.max(worked, started)
    return {
      rows: [
        [`RSS at ${SERVICES} exports, after a start`, `${megabytes(started)} MB`],
        [`RSS at ${SERVICES} exports, after the export of all of them`, `${megabytes(worked)} MB`],
      ],
      goals: [
        {
          what: `RSS at ${SERVICES} exported services of 3 endpoints, two members`,
          goal: `under ${GOAL} MB`,
          measured: `${megabytes(worse)} MB`,
          met: worse / 1e6 < GOAL,
        },
      ],
      notes: [
        `Memory: resident set of the process, ${REST_MS / 1000} s after its last write; the goal is held to the larger of the two.`,
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

async function rest(fleet: FleetProcess): Promise<number> {
  await fleet.settled()
  await delay(REST_MS)
  return memoryOf(fleet.pid).rss
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
