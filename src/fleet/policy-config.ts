// The policy of a member as the operator of the hub writes it: fields of a member in fleet.yaml, the defaults of all
// members there, or the key `policy` of a member's Secret.
import { CodedError, errorText } from '../errors.ts'
import type { Fields } from '../kube/fields.ts'
import { show } from '../kube/fields.ts'
import { CIDR_RULE, type Cidr, parseCidr, rangeTest } from './api/address-ranges.ts'
import { endpointPolicy } from './api/endpoint-addresses.ts'
import type { MemberPolicy } from './api/member-policy.ts'
import {
  isNamespacePattern,
  type NamespaceFilter,
  namespaceFilter,
  PATTERN_RULE,
} from './api/namespace-filter.ts'
import { keyTest } from './api/reserved-keys.ts'
import {
  type Fail,
  fieldsAt,
  mapAll,
  mapAt,
  type Path,
  readAll,
  readConfigDocument,
} from './config-document.ts'

/** The fields of a policy. */
export const policyFields = [
  'namespaces',
  'endpointCIDRs',
  'ownCIDRs',
  'reservedKeys',
  'maxExportsPerNamespace',
  'maxExports',
] as const

/** Reads the policy text of a Secret; `source` names it in errors. Throws CodedError FLEET_CONFIG
 * with all errors in one line, for a log. */
export function parsePolicy(source: string, text: string, defaults: MemberPolicy): MemberPolicy {
  try {
    const { root, fail } = readConfigDocument(source, text)
    return readPolicy(fieldsAt(root, [], policyFields, fail), [], defaults, fail)
  } catch (error) {
    throw new CodedError('FLEET_CONFIG', errorText(error).replaceAll('\n', '; '))
  }
}

/** The policy in `fields`, which are at `path`; absent fields are those of `defaults`. */
export function readPolicy(
  fields: Fields,
  path: Path,
  defaults: MemberPolicy,
  fail: Fail,
): MemberPolicy {
  const { quota } = defaults
  const { endpoints, own, keys, namespaces, ...limits } = readAll({
    endpoints: () => readCidrs(fields.endpointCIDRs, [...path, 'endpointCIDRs'], fail),
    own: () => readCidrs(fields.ownCIDRs, [...path, 'ownCIDRs'], fail),
    keys: () => readKeys(fields.reservedKeys, [...path, 'reservedKeys'], fail),
    namespaces: () => readNamespaces(fields.namespaces, [...path, 'namespaces'], fail),
    perNamespace: () => readLimit(fields, 'maxExportsPerNamespace', path, fail),
    perMember: () => readLimit(fields, 'maxExports', path, fail),
  })
  return {
    exportsFrom: namespaces.exportsFrom ?? defaults.exportsFrom,
    importsInto: namespaces.importsInto ?? defaults.importsInto,
    quota: {
      perNamespace: limits.perNamespace ?? quota.perNamespace,
      perMember: limits.perMember ?? quota.perMember,
    },
    endpoints: endpoints === undefined ? defaults.endpoints : endpointPolicy(endpoints),
    isOwn: own === undefined ? defaults.isOwn : rangeTest(own),
    isReservedKey: keys === undefined ? defaults.isReservedKey : keyTest(keys),
  }
}

function readNamespaces(raw: unknown, path: Path, fail: Fail) {
  const directions = raw === undefined ? {} : mapAt(raw, path, fail)
  return readAll({
    known: () => fieldsAt(directions, path, ['export', 'import'], fail),
    exportsFrom: () => readRules(directions.export, [...path, 'export'], fail),
    importsInto: () => readRules(directions.import, [...path, 'import'], fail),
  })
}

function readRules(raw: unknown, path: Path, fail: Fail): NamespaceFilter | undefined {
  if (raw === undefined) return undefined
  const fields = mapAt(raw, path, fail)
  const { allow = ['*'], deny = [] } = fields
  return namespaceFilter(
    readAll({
      known: () => fieldsAt(fields, path, ['allow', 'deny'], fail),
      allow: () => readPatterns(allow, [...path, 'allow'], fail),
      deny: () => readPatterns(deny, [...path, 'deny'], fail),
    }),
  )
}

function readLimit(
  fields: Fields,
  name: (typeof policyFields)[number],
  path: Path,
  fail: Fail,
): number | undefined {
  const value = fields[name]
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) {
    return value as number | undefined
  }
  return fail([...path, name], `${name} is ${show(value)}, not a whole number of at least 0`)
}

function readKeys(raw: unknown, path: Path, fail: Fail): readonly string[] | undefined {
  const rule = 'not the key of a label or annotation (with "*" for any characters)'
  return raw === undefined ? undefined : readList(raw, path, 'keys', keyPattern, rule, fail)
}

function readCidrs(raw: unknown, path: Path, fail: Fail): readonly Cidr[] | undefined {
  return raw === undefined
    ? undefined
    : readList(raw, path, 'address ranges', parseCidr, CIDR_RULE, fail)
}

function readPatterns(raw: unknown, path: Path, fail: Fail): readonly string[] {
  return readList(raw, path, 'namespaces', namespacePattern, PATTERN_RULE, fail)
}

function keyPattern(one: unknown): string | undefined {
  return typeof one === 'string' && /^[A-Za-z0-9*._/-]+$/.test(one) ? one : undefined
}

function namespacePattern(one: unknown): string | undefined {
  return isNamespacePattern(one) ? one : undefined
}

/** Reads a list of `what`; `read` returns undefined for an entry that breaks the rule. */
function readList<T>(
  raw: unknown,
  path: Path,
  what: string,
  read: (one: unknown) => T | undefined,
  rule: string,
  fail: Fail,
): readonly T[] {
  if (!Array.isArray(raw)) return fail(path, `this is ${show(raw)}, not a list of ${what}`)
  return mapAll(raw, (one: unknown, i) => {
    return read(one) ?? fail([...path, i], `this is ${show(one)}, ${rule}`)
  })
}
