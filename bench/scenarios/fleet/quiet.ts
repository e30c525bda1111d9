// The write requests of the fleet in a minute without changes, from the audit logs of the API servers.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createAll, startTwoClusters } from '../../support/fleet-clusters.ts'
import { exportOf } from '../../support/fleet-objects.ts'
import { startFleet } from '../../support/fleet-process.ts'
import type { Findings } from '../../support/report.ts'

const SERVICES = 1000
const QUIET_MS = 60_000
/** Events are queued and written after the changes; without one for this long, none follows. */
const SETTLE_MS = 10_000
/** Enough time for the Events of all exports and imports. */
const EVENTS_TIMEOUT_MS = 180_000

const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', verbs: ['get', 'list', 'watch'] }, { level: 'Metadata' }],
}

interface AuditEvent {
  readonly verb: string
  readonly userAgent?: string
  readonly objectRef?: { readonly resource: string; readonly subresource?: string }
}

/** Counts the writes in a minute without changes. */
export async function quiet(): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'))
  const policy = join(folder, 'policy.json')
  writeFileSync(policy, JSON.stringify(POLICY))
  const logOf = (cluster: string) => join(folder, `${cluster}.log`)
  const clusters = await startTwoClusters({
    services: SERVICES,
    apiserverArgs: (cluster) => [
      `--audit-policy-file=${policy}`,
      `--audit-log-path=${logOf(cluster)}`,
      // The default mode writes the log in batches, with a delay.
      '--audit-log-mode=blocking',
    ],
  })
  const { east, west } = clusters
  try {
    const members = { east: east.kubeconfigs.token, west: west.kubeconfigs.token }
    const fleet = await startFleet({ members })
    try {
      await createAll(
        east,
        Array.from({ length: SERVICES }, (_, i) => exportOf(i)),
      )
      await fleet.settled()
      const read = () => ['east', 'west'].map((cluster) => fleetWrites(logOf(cluster)))
      const before = await untilQuiet(read)
      await delay(QUIET_MS)
      const writes = read().flatMap((writes, i) => writes.slice(before[i]!.length))
      return report(before.flat().length, writes)
    } finally {
      await fleet.stop()
    }
  } finally {
    await clusters.stop()
  }
}

/** Waits until only Leases are written for a while; resolves to all writes so far, by cluster. */
async function untilQuiet(
  read: () => readonly (readonly string[])[],
): Promise<readonly (readonly string[])[]> {
  const end = performance.now() + EVENTS_TIMEOUT_MS
  const countOthers = (writes: readonly (readonly string[])[]) =>
    writes.flat().filter((write) => !isLease(write)).length
  for (let before = read(); ; ) {
    await delay(SETTLE_MS)
    const now = read()
    // After the timeout the remaining writes are part of the result.
    if (countOthers(now) === countOthers(before) || performance.now() > end) return now
    before = now
  }
}

/** The writes of the fleet in an audit log, as "patch leases". */
function fleetWrites(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ userAgent = '' }) => userAgent.startsWith('clusterset-dns-fleet/'))
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`)
}

const isLease = (write: string) => write.endsWith(' leases')

function report(before: number, writes: readonly string[]): Findings {
  const others = writes.filter((write) => !isLease(write))
  const kinds = [...new Set(others)].join(', ')
  const seconds = QUIET_MS / 1000
  return {
    rows: [
      [`writes in ${seconds} s without changes, except Leases`, String(others.length)],
      [`renewals of Leases in ${seconds} s`, String(writes.filter(isLease).length)],
    ],
    goals: [
      {
        what: `writes in ${seconds} s without changes, except Leases`,
        goal: 'none',
        measured: others.length === 0 ? 'none' : `${others.length} (${kinds})`,
        met: others.length === 0,
      },
    ],
    notes: [
      `Quiet: from the audit logs of both API servers, with ${SERVICES} imported Services; the logs have ${before} earlier writes of the fleet.`,
    ],
  }
}
