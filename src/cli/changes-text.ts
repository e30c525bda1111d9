// The changes of a dry run as a diff for people: `+` is created, `~` changed, `-` deleted.
import { asFields } from '../kube/fields.ts'
import { printable } from '../printable.ts'
import type { Paint, Tone } from './colour.ts'
import type { FieldChange } from './field-changes.ts'
import type {
  ChangeCounts,
  ClusterChanges,
  ObjectChange,
  PlannedChanges,
} from './planned-changes.ts'

/** Lines for the fields of one object; a large EndpointSlice has hundreds. */
const MAX_FIELDS = 20

const SIGNS = { create: '+', change: '~', delete: '-' } as const
const TONES = { '+': 'good', '~': 'warning', '-': 'bad' } as const satisfies Record<string, Tone>

type Sign = keyof typeof TONES

/** The lines; those of a dry run that changes nothing say so. */
export function changesText(planned: PlannedChanges, paint: Paint): readonly string[] {
  const { hub, clusters, summary, followUps, problems } = planned
  const total = summary.create + summary.change + summary.delete
  return [
    ...clusterLines(`hub (${hub.name})`, hub, paint),
    ...clusters.flatMap((one) => clusterLines(`cluster ${one.name}`, one, paint)),
    '',
    total > 0
      ? countsText(summary)
      : problems.length > 0
        ? 'no changes in what was read'
        : 'no changes',
    ...(followUps ? ['Writes that depend on new objects follow, and are not shown.'] : []),
    ...(problems.length > 0 ? ['This plan may lack changes, for the reasons in the log.'] : []),
  ]
}

function countsText({ create, change, delete: removed }: ChangeCounts): string {
  return `${create} to create, ${change} to change, ${removed} to delete`
}

function clusterLines(
  title: string,
  { changes, read }: ClusterChanges,
  paint: Paint,
): readonly string[] {
  const name = printable(title)
  if (changes.length === 0) return [`${name}: ${read ? 'no changes' : 'not read'}`]
  return [`${name}:`, ...changes.flatMap((one) => objectLines(one, paint))]
}

function objectLines(change: ObjectChange, paint: Paint): readonly string[] {
  const { action, resource, namespace, name, fields } = change
  const sign = SIGNS[action]
  const object = `${resource} ${namespace === '' ? '' : `${namespace}/`}${name}`
  const more = fields.length - MAX_FIELDS
  return [
    signed(2, sign, object, paint),
    ...fields.slice(0, MAX_FIELDS).map((field) => fieldLine(field, paint)),
    ...(more > 0 ? [`      ... and ${more} more fields, which -o yaml shows`] : []),
  ]
}

function fieldLine({ path, from, to }: FieldChange, paint: Paint): string {
  // A patch of an object that could not be read removes a field by null.
  if (to === undefined || to === null) {
    return signed(6, '-', from === undefined ? path : `${path}: ${inline(from)}`, paint)
  }
  if (from === undefined) return signed(6, '+', `${path}: ${inline(to)}`, paint)
  return signed(6, '~', `${path}: ${inline(from)} -> ${inline(to)}`, paint)
}

function signed(indent: number, sign: Sign, text: string, paint: Paint): string {
  return `${' '.repeat(indent)}${paint(TONES[sign], `${sign} ${text}`)}`
}

/** A value in one line, as in YAML's flow style. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  const fields = asFields(value)
  if (fields !== undefined) {
    const entries = Object.entries(fields).map(([name, one]) => `${name}: ${inline(one)}`)
    return `{${entries.join(', ')}}`
  }
  return value === '' ? '""' : String(value)
}
