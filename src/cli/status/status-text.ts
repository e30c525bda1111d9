// The status of a fleet as people read it. Pure.
import type {
  ClusterState,
  ClusterStatus,
  FleetStatus,
  PropagationStatus,
} from '../../fleet/status/document.ts'
import { printable } from '../../printable.ts'
import type { Paint, Tone } from '../colour.ts'
import { type Cell, tableLines } from '../output.ts'

/** Rows of conflicts and retries, without `-o wide`. */
const MAX_ROWS = 20
const NOT_KNOWN = '-'
const PORT_FORWARD =
  'kubectl -n clusterset-dns-fleet port-forward deployment/clusterset-dns-fleet 8090'

/** The colour of each state. */
export const TONES: Readonly<Record<ClusterState, Tone>> = {
  ready: 'good',
  starting: 'warning',
  away: 'bad',
  'crds-missing': 'bad',
  forbidden: 'bad',
  failed: 'bad',
  leaving: 'warning',
  left: 'faint',
}

/** The lines; `wide` has more columns, and all rows. Foreign texts are escaped. */
export function statusLines(status: FleetStatus, wide: boolean, paint: Paint): readonly string[] {
  return [
    ...summary(status, paint),
    '',
    ...clusterTable(status, wide, paint),
    ...problems(status, paint),
    ...conflictTable(status, wide, paint),
    ...retryTable(status, wide, paint),
    ...propagationTable(status.propagation, paint),
    ...notKnown(status),
  ]
}

/** What keeps the fleet from being healthy, in one line; '' when it is. */
export function unhealthyText({ healthy, hub, clusters }: FleetStatus): string {
  if (healthy) return ''
  if (!hub.reached) return `the hub cannot be used: ${hub.message}`
  const others = clusters.filter(({ state }) => state !== 'ready' && state !== 'left')
  if (others.length === 0) return 'there is no ready cluster'
  return others.map(({ name, state }) => `${name} is ${state}`).join(', ')
}

function summary(status: FleetStatus, paint: Paint): readonly string[] {
  const { hub, leader, healthy, time } = status
  const member = hub.member === null ? '' : `cluster ${hub.member}, `
  const reached = hub.reached ? paint('good', 'reached') : paint('bad', 'not reached')
  const state = healthy ? paint('good', 'yes') : paint('bad', `no: ${unhealthyText(status)}`)
  const holder = leader.holder === '' ? 'none' : printable(leader.holder)
  return [
    `hub      ${printable(member + hub.name)}, ${reached}`,
    `leader   ${holder}${renewedText(leader.renewed, time)}`,
    `healthy  ${state}`,
  ]
}

function renewedText(renewed: string, time: string): string {
  const seconds = Math.round((Date.parse(time) - Date.parse(renewed)) / 1000)
  return Number.isNaN(seconds) ? '' : `, renewed ${Math.max(0, seconds)} s ago`
}

type Column = readonly [title: string, cell: (cluster: ClusterStatus) => Cell]

const columns: readonly Column[] = [
  ['CLUSTER', ({ name }) => name],
  ['HUB', ({ hub }) => (hub ? 'yes' : '')],
  ['STATE', ({ state }) => ({ tone: TONES[state], text: state })],
  ['PHASE', ({ phase }) => phase ?? NOT_KNOWN],
  ['SKEW', ({ clockSkewSeconds: skew }) => (skew === null ? NOT_KNOWN : `${skew.toFixed(1)}s`)],
  ['KUBERNETES', ({ kubernetes }) => kubernetes || NOT_KNOWN],
  ['CRDS', ({ crds }) => crdsText(crds)],
  ['EXPORTS', ({ exports }) => String(exports)],
  ['IMPORTS', ({ imports }) => String(imports)],
  ['ENDPOINTS', ({ endpoints }) => `${endpoints.exported} out, ${endpoints.imported} in`],
]
const wideColumns: readonly Column[] = [
  ['ID', ({ id }) => id ?? NOT_KNOWN],
  ['SYNCED', ({ synced }) => (synced ? 'yes' : 'no')],
  ['QUEUED', ({ queued }) => String(queued ?? NOT_KNOWN)],
  ['RETRYING', ({ retrying }) => String(retrying ?? NOT_KNOWN)],
]

function clusterTable({ clusters }: FleetStatus, wide: boolean, paint: Paint): readonly string[] {
  const all = wide ? [...columns, ...wideColumns] : columns
  const rows = clusters.map((cluster) => all.map(([, cell]) => cell(cluster)))
  const head = all.map(([title]) => title)
  return tableLines(head, rows, paint)
}

function crdsText({ serviceexports, serviceimports }: ClusterStatus['crds']): string {
  const versions = new Set([serviceexports || 'missing', serviceimports || 'missing'])
  return [...versions].join(', ')
}

function problems({ clusters }: FleetStatus, paint: Paint): readonly string[] {
  const lines = clusters
    .filter(({ message }) => message !== '')
    .map(({ name, state, code, message }) => {
      return `${paint(TONES[state], `${name}: ${code === '' ? state : code}`)}: ${printable(message)}`
    })
  return lines.length === 0 ? [] : ['', ...lines]
}

function conflictTable({ conflicts }: FleetStatus, wide: boolean, paint: Paint) {
  const rows = conflicts.map(({ service, reasons, clusters, message }) => [
    service,
    reasons.join(','),
    clusters.join(','),
    ...(wide ? [message] : []),
  ])
  const head = ['CONFLICT', 'REASONS', 'CLUSTERS', ...(wide ? ['MESSAGE'] : [])]
  return section(head, rows, wide, paint)
}

function retryTable({ retries }: FleetStatus, wide: boolean, paint: Paint) {
  const rows = (retries ?? []).map(({ service, cluster, message }) => [service, cluster, message])
  return section(['RETRIED', 'CLUSTER', 'LAST ERROR'], rows, wide, paint)
}

function propagationTable(pairs: readonly PropagationStatus[] | null, paint: Paint) {
  const rows = (pairs ?? []).map(({ source, consumer, changes, p50Seconds, p99Seconds }) => [
    `${source} -> ${consumer}`,
    String(changes),
    `${p50Seconds.toFixed(3)}s`,
    `${p99Seconds.toFixed(3)}s`,
  ])
  return section(['PROPAGATION', 'CHANGES', 'P50', 'P99'], rows, true, paint)
}

/** A table after an empty line; nothing without rows. */
function section(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  all: boolean,
  paint: Paint,
): readonly string[] {
  if (rows.length === 0) return []
  const shown = all ? rows : rows.slice(0, MAX_ROWS)
  const more = rows.length - shown.length
  const rest = more === 0 ? [] : [`and ${more} more, with -o wide`]
  return ['', ...tableLines(head, shown, paint), ...rest]
}

function notKnown({ observer }: FleetStatus): readonly string[] {
  if (observer === 'leader') return []
  const what = 'not looked at: phases, propagation times and retries, which only the leader knows'
  return ['', `${what}: ${PORT_FORWARD}, then --fleet http://127.0.0.1:8090`]
}
