// fleet.yaml: who the members are and how the fleet works. Every mistake is named with file and line; an unknown
// field is one, so that a wrong spelling does not go unnoticed.
import { resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { CodedError } from '../errors.ts'
import { asFields, type Fields, isDnsLabel } from '../kube/fields.ts'
import { show } from '../kube/flaws.ts'
import type { ApiSpec } from '../kube/recipes.ts'
import type { ImportMode } from './auto-import.ts'
import { type BudgetLimits, defaultBudget } from './write-budget.ts'

export interface MemberSpec {
  /** The id in the clusterset, unless the cluster has a ClusterProperty that says another. */
  readonly id: string
  readonly spec: ApiSpec
}

export interface FleetConfig {
  readonly members: readonly MemberSpec[]
  readonly importMode: ImportMode
  /** HOST:PORT of /healthz, /readyz and /metrics; the host may be empty. */
  readonly listen: string
  readonly writes: BudgetLimits
}

export const DEFAULT_LISTEN = ':8090'

/** Throws FLEET_CONFIG with a text for the place at `path`. */
type Fail = (path: readonly (string | number)[], message: string) => never

/** Reads the text of `file`; paths in it count from `folder`. Throws CodedError FLEET_CONFIG. */
export function parseFleetConfig(file: string, text: string, folder: string): FleetConfig {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const at = (offset: number, message: string): never => {
    const { line, col } = lineCounter.linePos(offset)
    throw new CodedError('FLEET_CONFIG', `${file}:${line}:${col}: ${message}`)
  }
  const [error] = document.errors
  if (error !== undefined) at(error.pos[0], error.message.replaceAll('\n', ' '))
  const fail: Fail = (path, message) => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined
      if (node?.range !== undefined) return at(node.range[0], message)
    }
    return at(0, message)
  }
  const root = fieldsAt(document.toJS(), [], ['members', 'importMode', 'listen', 'writes'], fail)
  const { members, importMode = 'manual', listen = DEFAULT_LISTEN, writes } = root
  if (importMode !== 'manual' && importMode !== 'auto') {
    return fail(['importMode'], `importMode is ${show(importMode)}, not manual or auto`)
  }
  if (typeof listen !== 'string' || !/:\d{1,5}$/.test(listen)) {
    return fail(['listen'], `listen is ${show(listen)}, not HOST:PORT or :PORT`)
  }
  if (!Array.isArray(members) || members.length === 0) {
    return fail(['members'], 'members is to be a list of at least one cluster')
  }
  const read = members.map((member, i) => readMember(member, ['members', i], folder, fail))
  for (const [i, { id }] of read.entries()) {
    if (read.findIndex((other) => other.id === id) === i) continue
    fail(['members', i, 'id'], `id ${show(id)} is that of another member`)
  }
  return { members: read, importMode, listen, writes: readBudget(writes, fail) }
}

function readMember(
  raw: unknown,
  path: readonly (string | number)[],
  folder: string,
  fail: Fail,
): MemberSpec {
  const fields = fieldsAt(raw, path, ['id', 'kubeconfig', 'context', 'inCluster'], fail)
  const { id, kubeconfig, context, inCluster } = fields
  if (!isDnsLabel(id)) return fail([...path, 'id'], `id is ${show(id)}, ${ID_RULE}`)
  if (inCluster === true) {
    if (kubeconfig === undefined && context === undefined)
      return { id, spec: { kind: 'in-cluster' } }
    return fail(path, `member ${id}: either inCluster or kubeconfig, not both`)
  }
  if (typeof kubeconfig !== 'string' || kubeconfig === '') {
    return fail(path, `member ${id}: kubeconfig: FILE is missing (or inCluster: true)`)
  }
  if (context !== undefined && typeof context !== 'string') {
    return fail([...path, 'context'], `context is ${show(context)}, not a name`)
  }
  const file = resolve(folder, kubeconfig)
  return { id, spec: { kind: 'kubeconfig', file, ...(context === undefined ? {} : { context }) } }
}

export const ID_RULE = 'not one lower-case DNS label (a-z, 0-9, "-", at most 63 characters)'

function readBudget(raw: unknown, fail: Fail): BudgetLimits {
  if (raw === undefined) return defaultBudget
  const fields = fieldsAt(raw, ['writes'], ['qps', 'burst'], fail)
  const { qps = defaultBudget.qps, burst = defaultBudget.burst } = fields
  for (const [name, value] of Object.entries({ qps, burst })) {
    if (typeof value === 'number' && value >= 1) continue
    fail(['writes', name], `writes.${name} is ${show(value)}, not a number of at least 1`)
  }
  return { qps: qps as number, burst: burst as number }
}

function fieldsAt(
  value: unknown,
  path: readonly (string | number)[],
  known: readonly string[],
  fail: Fail,
): Fields {
  const fields = asFields(value)
  if (fields === undefined) return fail(path, `this is ${show(value)}, not a map of fields`)
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue
    fail([...path, name], `unknown field ${show(name)}; known are ${known.join(', ')}`)
  }
  return fields
}
