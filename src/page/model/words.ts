// Words and numbers for people.
import type { ServiceState } from '../../fleet/page/document.ts'
import type { ClusterState } from '../../fleet/status/document.ts'

/** How something is, for its mark and its colour. */
export type Tone = 'good' | 'warn' | 'bad' | 'unknown' | 'idle'

export const serviceStates: Readonly<
  Record<ServiceState, { readonly tone: Tone; readonly word: string }>
> = {
  holds: { tone: 'good', word: 'whole' },
  warning: { tone: 'warn', word: 'warning' },
  broken: { tone: 'bad', word: 'broken' },
  failed: { tone: 'unknown', word: 'not known' },
  unseen: { tone: 'idle', word: 'being read' },
}

const clusterStates: Readonly<
  Partial<Record<ClusterState, { readonly tone: Tone; readonly word: string }>>
> = {
  ready: { tone: 'good', word: 'ready' },
  starting: { tone: 'unknown', word: 'starting' },
  away: { tone: 'bad', word: 'away' },
  'crds-missing': { tone: 'bad', word: 'CRDs missing' },
  forbidden: { tone: 'bad', word: 'forbidden' },
  failed: { tone: 'bad', word: 'failed' },
  leaving: { tone: 'idle', word: 'leaving' },
  left: { tone: 'idle', word: 'left' },
}

/** Tone and word of a cluster's state. */
export function clusterState(state: ClusterState): { readonly tone: Tone; readonly word: string } {
  return clusterStates[state] ?? { tone: 'bad', word: state }
}

const collator = new Intl.Collator('en', { numeric: true })

/** The order of names for people: "cluster-9" is before "cluster-10". */
export function byName(a: string, b: string): number {
  return collator.compare(a, b)
}

/** "1,204" */
export function count(value: number): string {
  return value.toLocaleString('en')
}

/** "1 service", "1,204 services". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** "east", "east and west", "east, north and 3 more". */
export function list(names: readonly string[], most = 3): string {
  if (names.length > most) {
    return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`
  }
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** A duration in seconds: "4 ms", "0.3 s", "12 s", "3 min", "2 h", "5 d". */
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`
  if (seconds < 100) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** The time of day of an RFC 3339 time, in the zone of the reader: "14:03:09"; with the date when it is not today. */
export function clockTime(time: string, now: number): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  const today = new Date(now).toDateString() === date.toDateString()
  const clock = date.toLocaleTimeString('en-GB')
  if (today) return clock
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')} ${clock}`
}

/** The last error of a promise, as a sentence. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
