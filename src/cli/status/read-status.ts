// Checks what a running fleet answers at /status.json: the program on that port may be another one, or of another version.
import type { ClusterState, FleetStatus } from '../../fleet/status/document.ts'
import { asFields, type Fields } from '../../kube/fields.ts'
import { TONES } from './status-text.ts'

type Check = (value: unknown) => boolean

/** The answer if it is a status with all fields of clusterset-dns.io/v1; more fields are allowed. */
export function readStatus(answer: unknown): FleetStatus | undefined {
  return isStatus(answer) ? (answer as FleetStatus) : undefined
}

const isText: Check = (value) => typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isNumber: Check = (value) => typeof value === 'number'
const isState: Check = (value) => Object.hasOwn(TONES, value as ClusterState)

function orNull(check: Check): Check {
  return (value) => value === null || check(value)
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check)
}

function withFields(checks: Readonly<Record<string, Check>>): Check {
  const has = (fields: Fields) =>
    Object.entries(checks).every(([name, check]) => check(fields[name]))
  return (value) => {
    const fields = asFields(value)
    return fields !== undefined && has(fields)
  }
}

const isCluster = withFields({
  name: isText,
  id: orNull(isText),
  hub: isFlag,
  state: isState,
  code: isText,
  message: isText,
  synced: isFlag,
  phase: orNull(isText),
  clockSkewSeconds: orNull(isNumber),
  kubernetes: isText,
  crds: withFields({ serviceexports: isText, serviceimports: isText }),
  exports: isNumber,
  imports: isNumber,
  endpoints: withFields({ exported: isNumber, imported: isNumber }),
  queued: orNull(isNumber),
  retrying: orNull(isNumber),
})
const isConflict = withFields({
  service: isText,
  reasons: listOf(isText),
  clusters: listOf(isText),
  message: isText,
})
const isPropagation = withFields({
  source: isText,
  consumer: isText,
  changes: isNumber,
  p50Seconds: isNumber,
  p99Seconds: isNumber,
})
const isStatus = withFields({
  apiVersion: (value) => value === 'clusterset-dns.io/v1',
  kind: (value) => value === 'FleetStatus',
  time: isText,
  version: isText,
  observer: isText,
  healthy: isFlag,
  hub: withFields({ name: isText, member: orNull(isText), reached: isFlag, message: isText }),
  leader: withFields({ holder: isText, renewed: isText }),
  clusters: listOf(isCluster),
  conflicts: listOf(isConflict),
  propagation: orNull(listOf(isPropagation)),
  retries: orNull(listOf(withFields({ cluster: isText, service: isText, message: isText }))),
})
