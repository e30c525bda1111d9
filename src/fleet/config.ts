// fleet.yaml: the members and the settings of the fleet.
import { resolve } from 'node:path'
import type { ApiSpec } from '../kube/client-config.ts'
import { asFields, type Fields, isDnsLabel, show } from '../kube/fields.ts'
import type { UnsafeFeature } from '../kube/unsafe-fields.ts'
import { defaultExportLimits, type ExportLimits } from './api/export-limits.ts'
import { type MemberPolicies, openPolicies, openPolicy } from './api/member-policy.ts'
import { ID_RULE } from './api/names.ts'
import type { ImportMode } from './api/types.ts'
import {
  type Fail,
  fieldsAt,
  mapAll,
  mapAt,
  type Path,
  readAll,
  readConfigDocument,
} from './config-document.ts'
import { defaultRateLimits, type RateLimits } from './controller/rate-limiter.ts'
import { defaultLeaderTimes, type LeaderTimes } from './hub/leader-election.ts'
import { defaultLeaseTimes, type LeaseTimes } from './hub/lease-state.ts'
import { DEFAULT_MEMBER_BYTES } from './member/member-limits.ts'
import { policyFields, readPolicy } from './policy-config.ts'
import {
  defaultPage,
  type PageSettings,
  readExportLimits,
  readLeader,
  readLeases,
  readMemory,
  readPage,
  readSecretsAllow,
  readWriteLimits,
} from './settings-config.ts'

/** A member of the configuration. */
export interface MemberSpec {
  /** The cluster id, unless the cluster's ClusterProperty sets another one. */
  readonly id: string
  readonly spec: ApiSpec
}

/** The parsed fleet.yaml, with defaults. */
export interface FleetConfig {
  readonly members: readonly MemberSpec[]
  readonly policies: MemberPolicies
  readonly importMode: ImportMode
  readonly exportLimits: ExportLimits
  /** HOST:PORT of /healthz, /readyz, /metrics, /status.json and the page; the host may be empty. */
  readonly listen: string
  readonly page: PageSettings
  readonly writes: RateLimits
  /** The cluster that holds the Leases and the Secrets of members; undefined: see hubSpec. */
  readonly hub: ApiSpec | undefined
  readonly leases: LeaseTimes
  readonly leader: LeaderTimes
  /** About how many bytes of objects are kept of each member. */
  readonly memberBytes: number
  /** The unsafe features that kubeconfigs in Secrets may use. */
  readonly secretsAllow: readonly UnsafeFeature[]
}

/** The settings of a fleet whose members and hub are all that is known. */
export const defaultSettings: Omit<FleetConfig, 'members' | 'hub'> = {
  policies: openPolicies,
  importMode: 'manual',
  exportLimits: defaultExportLimits,
  listen: ':8090',
  page: defaultPage,
  writes: defaultRateLimits,
  leases: defaultLeaseTimes,
  leader: defaultLeaderTimes,
  memberBytes: DEFAULT_MEMBER_BYTES,
  secretsAllow: [],
}

/** The hub: the configured one, else the cluster this process runs in (a pod), else the first member. */
export function hubSpec(
  { hub, members }: Pick<FleetConfig, 'hub' | 'members'>,
  env: Readonly<Record<string, string | undefined>>,
): ApiSpec {
  if (hub !== undefined) return hub
  const isPod = (env.KUBERNETES_SERVICE_HOST ?? '') !== ''
  // parseFleetConfig rejects a configuration with neither members nor a hub.
  return isPod ? { kind: 'in-cluster' } : members[0]!.spec
}

/** The end of an error text about `listen` and --listen. */
export const LISTEN_RULE = 'not HOST:PORT or :PORT with a port from 0 to 65535'

/** True for a valid `listen` or --listen: HOST:PORT, where the host may be empty. */
export function isListen(value: unknown): value is string {
  if (typeof value !== 'string') return false
  const [, port] = /:(\d{1,5})$/.exec(value) ?? []
  return port !== undefined && Number(port) <= 65_535
}

/** The fields of fleet.yaml. */
export const configFields: readonly string[] = [
  'members',
  'memberDefaults',
  'hub',
  'importMode',
  'exportLimits',
  'listen',
  'page',
  'writes',
  'leases',
  'leader',
  'memory',
  'memberSecrets',
]

/** Parses the text of `file`; relative paths in it are relative to `folder`. Throws CodedError FLEET_CONFIG
 * with a line for each error. */
export function parseFleetConfig(file: string, text: string, folder: string): FleetConfig {
  const { root: raw, fail } = readConfigDocument(file, text)
  const root = mapAt(raw, [], fail)
  const { known: _, ...config } = readAll({
    known: () => fieldsAt(raw, [], configFields, fail),
    members: () => readMembers(root, folder, fail),
    policies: () => readPolicies(root, fail),
    importMode: () => readImportMode(root.importMode, fail),
    exportLimits: () => readExportLimits(root.exportLimits, fail),
    listen: () => readListen(root.listen, fail),
    page: () => readPage(root.page, fail),
    writes: () => readWriteLimits(root.writes, fail),
    hub: () => readHub(root, folder, fail),
    leases: () => readLeases(root.leases, fail),
    leader: () => readLeader(root.leader, fail),
    memberBytes: () => readMemory(root.memory, fail),
    secretsAllow: () => readSecretsAllow(root.memberSecrets, fail),
  })
  return config
}

function readImportMode(raw: unknown, fail: Fail): ImportMode {
  if (raw === undefined) return defaultSettings.importMode
  if (raw === 'manual' || raw === 'auto') return raw
  return fail(['importMode'], `importMode is ${show(raw)}, not manual or auto`)
}

function readListen(raw: unknown, fail: Fail): string {
  if (raw === undefined) return defaultSettings.listen
  return isListen(raw) ? raw : fail(['listen'], `listen is ${show(raw)}, ${LISTEN_RULE}`)
}

function readMembers(root: Fields, folder: string, fail: Fail): readonly MemberSpec[] {
  const raws = rawMembers(root)
  if (raws === undefined) {
    const text = 'members must be a list of clusters; it may be empty only when hub is set'
    return fail(['members'], text)
  }
  const ids = raws.map((raw) => asFields(raw)?.id)
  return mapAll(raws, (raw, i) => {
    const member = readMember(raw, ['members', i], folder, fail)
    if (ids.indexOf(member.id) === i) return member
    return fail(['members', i, 'id'], `id ${show(member.id)} is already used by another member`)
  })
}

/** The entries of `members`; undefined if they are no list, or an empty one without a hub. */
function rawMembers({ members, hub }: Fields): readonly unknown[] | undefined {
  const raws = members ?? (hub === undefined ? undefined : [])
  if (!Array.isArray(raws) || (raws.length === 0 && hub === undefined)) return undefined
  return raws
}

function readHub(root: Fields, folder: string, fail: Fail): ApiSpec | undefined {
  if (root.hub === undefined) return undefined
  const fields = fieldsAt(root.hub, ['hub'], ['member', 'kubeconfig', 'context', 'inCluster'], fail)
  const { member, ...location } = fields
  if (member === undefined) return readSpec(location, ['hub'], 'hub', folder, fail)
  const raws = rawMembers(root)
  // `readMembers` fails.
  if (raws === undefined) return undefined
  const i = raws.findIndex((raw) => asFields(raw)?.id === member)
  if (i < 0) return fail(['hub', 'member'], `no member has the id ${show(member)}`)
  if (Object.keys(location).length === 0) {
    return readMember(raws[i], ['members', i], folder, fail).spec
  }
  return fail(['hub'], 'hub: member cannot be combined with kubeconfig, context or inCluster')
}

function readMember(raw: unknown, path: Path, folder: string, fail: Fail): MemberSpec {
  const allowed = ['id', 'kubeconfig', 'context', 'inCluster', ...policyFields]
  const fields = mapAt(raw, path, fail)
  const { id, spec } = readAll({
    known: () => fieldsAt(fields, path, allowed, fail),
    id: () => readId(fields.id, [...path, 'id'], fail),
    spec: () => readSpec(fields, path, `member ${fields.id}`, folder, fail),
  })
  return { id, spec }
}

function readId(raw: unknown, path: Path, fail: Fail): string {
  if (raw === undefined) return fail(path, 'id is missing')
  return isDnsLabel(raw) ? raw : fail(path, `id is ${show(raw)}, ${ID_RULE}`)
}

/** The policies of the members, whose other fields `readMembers` checks. */
function readPolicies(root: Fields, fail: Fail): MemberPolicies {
  const at = ['memberDefaults']
  const { memberDefaults = {} } = root
  const defaults = readPolicy(
    fieldsAt(memberDefaults, at, policyFields, fail),
    at,
    openPolicy,
    fail,
  )
  const policies = mapAll(rawMembers(root) ?? [], (raw, i) => {
    const fields = asFields(raw) ?? {}
    return [String(fields.id), readPolicy(fields, ['members', i], defaults, fail)] as const
  })
  return { defaults, members: new Map(policies) }
}

/** Reads how to reach a cluster; `what` names the cluster in error texts. */
function readSpec(
  { kubeconfig, context, inCluster }: Fields,
  path: Path,
  what: string,
  folder: string,
  fail: Fail,
): ApiSpec {
  if (inCluster !== undefined && typeof inCluster !== 'boolean') {
    return fail([...path, 'inCluster'], `inCluster is ${show(inCluster)}, not true or false`)
  }
  if (inCluster === true) {
    if (kubeconfig === undefined && context === undefined) return { kind: 'in-cluster' }
    return fail(path, `${what}: use either inCluster or kubeconfig, not both`)
  }
  if (typeof kubeconfig !== 'string' || kubeconfig === '') {
    return fail(path, `${what}: set kubeconfig: FILE or inCluster: true`)
  }
  if (context !== undefined && typeof context !== 'string') {
    return fail([...path, 'context'], `context is ${show(context)}, not a string`)
  }
  const file = resolve(folder, kubeconfig)
  return { kind: 'kubeconfig', file, ...(context === undefined ? {} : { context }) }
}
