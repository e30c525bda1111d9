// The row of one service in the table of the page. Pure.
import { readyEndpoints } from '../api/served.ts'
import type { ClusterFacts, ObjectFacts } from '../explain/facts.ts'
import type { Link, LinkState } from '../explain/link.ts'
import type { ServiceRow } from './document.ts'

/** The states that a row may have, the worst first. */
const WORST: readonly LinkState[] = ['broken', 'failed', 'warning']

/** What a row needs besides the facts. */
interface RowContext {
  readonly links: readonly Link[]
  /** The number of a cluster, by its configured name. */
  readonly indexOf: (cluster: string) => number
  /** RFC 3339, '' for none. */
  readonly pendingSince: string
}

/** The row of a service; undefined when no cluster has an export or an import of it. */
export function serviceRow(
  { namespace, name, clusters }: ObjectFacts,
  { links, indexOf, pendingSince }: RowContext,
): ServiceRow | undefined {
  const sources = clusters.filter(({ snapshot }) => snapshot.export !== undefined)
  const importers = clusters.filter(({ snapshot }) => snapshot.import !== undefined)
  if (sources.length === 0 && importers.length === 0) return undefined
  const worst = WORST.map((state) => links.find((link) => link.state === state))
  const link = worst.find((one) => one !== undefined)
  const first = importers[0]?.snapshot
  return {
    service: `${namespace}/${name}`,
    state: link?.state ?? 'holds',
    link: link?.id ?? null,
    at: link?.at ?? '',
    text: link?.text ?? '',
    type: first?.import?.type ?? null,
    sources: sources.map((one) => [indexOf(one.name), readyEndpoints(one.snapshot.slices)]),
    importers: importers.map((one) => indexOf(one.name)),
    conflicts: conflictReasons(sources),
    address: first?.import?.ips[0] ?? '',
    pendingSince,
  }
}

/** The row of a service that was not looked at yet. */
export function unseenRow(service: string): ServiceRow {
  return {
    service,
    state: 'unseen',
    link: null,
    at: '',
    text: '',
    type: null,
    sources: [],
    importers: [],
    conflicts: [],
    address: '',
    pendingSince: '',
  }
}

function conflictReasons(sources: readonly ClusterFacts[]): readonly string[] {
  const conflicts = sources
    .flatMap(({ snapshot }) => snapshot.export?.conditions ?? [])
    .filter(({ type, status }) => type === 'Conflict' && status === 'True')
  return [...new Set(conflicts.flatMap(({ reason }) => reason.split(',')))]
}
