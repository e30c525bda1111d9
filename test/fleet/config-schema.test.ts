// deploy/fleet/fleet.schema.json, which editors use, and the parser of fleet.yaml accept the same documents.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { defaultSettings, parseFleetConfig } from '../../src/fleet/config.ts'

type Node = Readonly<Record<string | number, unknown>>
type Path = readonly (string | number)[]

const ROOT = join(import.meta.dirname, '../..')
const SCHEMA = join(ROOT, 'deploy/fleet/fleet.schema.json')
const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as Node
const validate = new Ajv({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
}).compile(schema)

/** What the parser refuses and a schema cannot tell: relations between values, and the bits of addresses. */
const PARSER_ONLY =
  /already used by another member|no member has the id "|must be greater than|this is "[^"]*", not an address range/

/** All that the parser says against the document, '' for nothing. */
function parserErrors(document: unknown): string {
  try {
    parseFleetConfig('fleet.yaml', JSON.stringify(document), '/etc/fleet')
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

function expectSameVerdict(value: unknown): void {
  // Fields that are undefined are absent for both.
  const document: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
  const errors = parserErrors(document)
  const isBeyondSchema = errors !== '' && errors.split('\n').every((line) => PARSER_ONLY.test(line))
  const isValid = validate(document)
  if (isBeyondSchema || isValid === (errors === '')) return
  const found = JSON.stringify(
    validate.errors?.map(({ instancePath, message }) => [instancePath, message]),
  )
  expect.fail(
    `${JSON.stringify(document)}\nparser: ${errors || 'accepted'}\nschema: ${isValid ? 'accepted' : found}`,
  )
}

const policy = {
  namespaces: { export: { allow: ['team-*'], deny: ['team-x'] }, import: { deny: ['kube-*'] } },
  endpointCIDRs: ['10.1.0.0/16', 'fd00::/8', '10.0.0.1'],
  ownCIDRs: [],
  reservedKeys: ['*.kubernetes.io/*'],
  maxExportsPerNamespace: 10,
  maxExports: 0,
}

/** A document with every field. */
const whole = {
  members: [
    { id: 'east', kubeconfig: 'east.yaml', context: 'admin', ...policy },
    { id: 'west', inCluster: true },
    { id: 'north', kubeconfig: 'north.yaml', inCluster: false },
  ],
  memberDefaults: policy,
  hub: { member: 'east' },
  importMode: 'auto',
  exportLimits: { ports: 1, endpoints: 2, backends: 3 },
  listen: '127.0.0.1:8090',
  page: { enabled: true, hosts: ['fleet.example.org', 'a'] },
  writes: { qps: 1.5, burst: 2 },
  leases: { suspectSeconds: 6, expireSeconds: 12.5 },
  leader: { leaseSeconds: 30 },
  memory: { memberMegabytes: 48 },
  memberSecrets: { allow: ['http', 'impersonation'] },
}
const hubs = [
  { kubeconfig: 'hub.yaml', context: 'hub' },
  { inCluster: true },
  { inCluster: true, context: 'x' },
  { member: 'east', kubeconfig: 'x' },
  {},
]

/** What a field may be changed to; undefined removes it. */
const VALUES = [
  ...[undefined, null, true, false, [], [1], ['x'], {}, { x: 1 }],
  ...[-1, 0, 1, 1.5, 2, 47, 1e15, 1e16],
  ...['', 'x', 'A_b', 'a.b', '*', ':1', '0:65536', 'http'],
]

/** Each path of the value, the empty one first. */
function paths(value: unknown): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [[]]
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return [[], ...entries.flatMap(([name, one]) => paths(one).map((path) => [name, ...path]))]
}

/** The document with another value at the path; undefined removes the field. */
function replaced(document: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value
  const copy = (Array.isArray(document) ? [...document] : { ...(document as object) }) as Record<
    string | number,
    unknown
  >
  copy[name] = replaced(copy[name], rest, value)
  return copy
}

test('accept a document with every field', () => {
  expect(parserErrors(whole)).toBe('')
  expect(validate(whole), JSON.stringify(validate.errors)).toBe(true)
})

describe('give the same verdict', () => {
  test.each(paths(whole).map((path) => ({ path, at: path.join('.') || 'the root' })))(
    'on other values at $at',
    ({ path }) => {
      for (const value of VALUES) expectSameVerdict(replaced(whole, path, value))
      // A field that no document has.
      expectSameVerdict(replaced(whole, [...path.slice(0, -1), 'unknown'], 1))
    },
  )

  test.each(hubs.map((hub) => ({ hub, as: JSON.stringify(hub) })))('on the hub $as', ({ hub }) => {
    for (const members of [undefined, null, [], whole.members]) expectSameVerdict({ hub, members })
    for (const path of paths(hub)) {
      for (const value of VALUES) expectSameVerdict({ ...whole, hub: replaced(hub, path, value) })
    }
  })

  test.each(['', ':', '1', ':1', 'h:80', '[::1]:80', ':00080', ':65535', ':65536', ':123456'])(
    'on the address %j',
    (listen) => expectSameVerdict({ ...whole, listen }),
  )
})

describe('name the same fields', () => {
  const isMap = (path: Path) => {
    const at = path.reduce<unknown>((value, name) => (value as Node)[name], whole)
    return typeof at === 'object' && !Array.isArray(at)
  }
  const objects = paths(whole).filter(isMap)
  test.each(objects.map((path) => ({ path, at: path.join('.') || 'the root' })))(
    'of $at',
    ({ path }) => {
      const [, known = ''] =
        /unknown field "zzzzzzzzzz"; known fields: (.*)/.exec(
          parserErrors(replaced(whole, [...path, 'zzzzzzzzzz'], 1)),
        ) ?? []
      const node = path.reduce<Node>((at, name) => {
        return (typeof name === 'number' ? at.items : (at.properties as Node)[name]) as Node
      }, schema)
      expect(Object.keys(node.properties as Node).sort()).toEqual(known.split(', ').sort())
      expect(node.additionalProperties).toBe(false)
    },
  )
})

test('the defaults of the schema are those of the parser', () => {
  const { properties } = schema as unknown as {
    properties: Record<string, { default?: unknown; properties?: Record<string, Node> }>
  }
  const group = (name: string) =>
    Object.fromEntries(
      Object.entries(properties[name]?.properties ?? {}).map(([field, one]) => [
        field,
        one.default,
      ]),
    )
  const parsed = parseFleetConfig(
    'fleet.yaml',
    JSON.stringify({
      hub: { inCluster: true },
      importMode: properties.importMode?.default,
      listen: properties.listen?.default,
      ...Object.fromEntries(
        ['exportLimits', 'page', 'writes', 'leases', 'leader', 'memory', 'memberSecrets'].map(
          (name) => [name, group(name)],
        ),
      ),
    }),
    '/etc/fleet',
  )
  const { policies: _, members: __, hub: ___, ...settings } = parsed
  const { policies: ____, ...defaults } = defaultSettings
  expect(settings).toEqual(defaults)
})

test('the fleet.yaml of deploy/fleet/hub names the schema, which accepts it', () => {
  const file = join(ROOT, 'deploy/fleet/hub/fleet.yaml')
  const text = readFileSync(file, 'utf8')
  const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text) ?? []
  expect(join(file, '..', path)).toBe(SCHEMA)
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
})
