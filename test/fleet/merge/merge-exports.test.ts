// The merge of exports, as tables; the table of port merges is in test/cases, shared with the tests on API servers.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conflictReasons } from '../../../src/fleet/api/names.ts'
import { exportedNames, servedPorts } from '../../../src/fleet/api/ports.ts'
import { mergeExports } from '../../../src/fleet/merge/merge-exports.ts'
import { notOlderThanCluster } from '../../../src/fleet/merge/precedence.ts'
import { portMerges } from '../../cases/port-merges.ts'
import { type ExportChange, exportView, ports, validExports } from '../fixtures.ts'

const merge = (...changes: readonly ExportChange[]) => mergeExports(validExports(...changes))!
const reasons = (...changes: readonly ExportChange[]) =>
  merge(...changes)
    .conflicts.map(({ reason }) => reason)
    .join()

describe('ports of an older export in c1 and a younger one in c2', () => {
  test.each(portMerges)('$name', ({ c1, c2, merged, served, conflict }) => {
    const [a, b] = [ports(c1), ports(c2)]
    const result = merge({ ports: a }, { ports: b })
    expect(result.ports).toEqual(ports(merged))
    expect(result.conflicts.map(({ reason }) => reason)).toEqual(
      conflict === false ? [] : ['PortConflict'],
    )
    const nameOf = exportedNames([...a, ...b])
    expect([a, b].map((offered) => servedPorts(result.ports, offered, nameOf))).toEqual(
      served.map(ports),
    )
  })
})

describe('the merge of two exports', () => {
  const sticky = { sessionAffinity: 'ClientIP', affinityTimeout: 10 }
  const exported = (exportedLabels: Record<string, string>) => ({ export: { exportedLabels } })
  const annotated = (exportedAnnotations: Record<string, string>) => ({
    export: { exportedAnnotations },
  })
  test.each<[string, ExportChange, ExportChange, object, string]>([
    ['that agree has no conflict', {}, {}, { type: 'ClusterSetIP' }, ''],
    ['treats NodePort like ClusterIP', { type: 'NodePort' }, {}, {}, ''],
    [
      'uses the type of the older, not headless',
      {},
      { headless: true },
      { type: 'ClusterSetIP' },
      'Type',
    ],
    ['uses the type of the older, headless', { headless: true }, {}, { type: 'Headless' }, 'Type'],
    ['uses the affinity of the older, with its config', sticky, {}, sticky, 'SessionAffinity'],
    [
      'uses the affinity of the older, without a config',
      {},
      sticky,
      { sessionAffinity: 'None', affinityTimeout: undefined },
      'SessionAffinity',
    ],
    [
      'uses the timeout of the older',
      sticky,
      { ...sticky, affinityTimeout: 20 },
      { affinityTimeout: 10 },
      'SessionAffinityConfig',
    ],
    [
      'uses the internalTrafficPolicy of the older',
      {},
      { internalTrafficPolicy: 'Local' },
      { internalTrafficPolicy: 'Cluster' },
      'InternalTrafficPolicy',
    ],
    [
      'treats an absent internalTrafficPolicy as Cluster',
      { internalTrafficPolicy: '' },
      {},
      {},
      '',
    ],
    [
      'uses the trafficDistribution of the older',
      { trafficDistribution: 'PreferClose' },
      {},
      { trafficDistribution: 'PreferClose' },
      'TrafficDistribution',
    ],
    [
      'uses all labels of the older and none of the younger',
      exported({ a: '1' }),
      exported({ b: '2' }),
      { labels: { a: '1' } },
      'Labels',
    ],
    [
      'uses the labels of the older even when it has none',
      {},
      exported({ b: '2' }),
      { labels: {} },
      'Labels',
    ],
    [
      'uses all annotations of the older',
      annotated({ a: '1' }),
      annotated({ a: '2' }),
      { annotations: { a: '1' } },
      'Annotations',
    ],
    [
      'unites IP families, those of the older first',
      { ipFamilies: ['IPv6'] },
      { ipFamilies: ['IPv4', 'IPv6'] },
      { ipFamilies: ['IPv6', 'IPv4'] },
      'IPFamily',
    ],
    [
      'has no conflict when only the order of IP families differs',
      { ipFamilies: ['IPv6', 'IPv4'] },
      { ipFamilies: ['IPv4', 'IPv6'] },
      { ipFamilies: ['IPv6', 'IPv4'] },
      '',
    ],
    [
      'has no conflict when one export has no IP families',
      { ipFamilies: [] },
      { ipFamilies: ['IPv4'] },
      { ipFamilies: ['IPv4'] },
      '',
    ],
  ])('%s', (_rule, c1, c2, wanted, conflict) => {
    expect(merge(c1, c2)).toMatchObject(wanted)
    expect(reasons(c1, c2)).toBe(conflict && `${conflict}Conflict`)
  })

  test('reports all conflicts at once, in a fixed order of reasons', () => {
    const other = {
      ports: ports('x:1'),
      headless: true,
      ...sticky,
      internalTrafficPolicy: 'Local',
      trafficDistribution: 'PreferClose',
      ipFamilies: ['IPv6'],
      export: { exportedLabels: { a: '1' }, exportedAnnotations: { a: '1' } },
    }
    expect(reasons({}, other, { ...other, ...sticky })).toBe(
      conflictReasons.filter((reason) => reason !== 'SessionAffinityConfigConflict').join(),
    )
    expect(reasons(sticky, other, { ...sticky, affinityTimeout: 1 })).toContain('ConfigConflict')
  })
})

describe('the oldest export', () => {
  const DAY_1 = '2026-01-01T00:00:00Z'
  test.each<[string, string, string, string]>([
    ['is the export created first', '2026-01-02T00:00:00Z', DAY_1, 'b'],
    ['of the same second is decided by cluster id', DAY_1, DAY_1, 'a'],
    ['may have a time with an offset', DAY_1, '2026-01-01T01:30:00+02:00', 'b'],
    ['is not one with an invalid time', 'yesterday', DAY_1, 'b'],
    ['is not one with a time without an offset', '2020-01-01T00:00:00', DAY_1, 'b'],
    ['is not one with an impossible date', '2020-13-41T00:00:00Z', DAY_1, 'b'],
    ['is not one with a time in the future', '2999-01-01T00:00:00Z', DAY_1, 'b'],
    ['is decided by cluster id when no export has a time', '', '', 'a'],
  ])('%s', (_rule, a, b, wanted) => {
    const one = { export: { creationTimestamp: a, cluster: 'a' } }
    const other = { export: { creationTimestamp: b, cluster: 'b' } }
    expect(merge(one, other).oldest).toBe(wanted)
    expect(merge(other, one).oldest).toBe(wanted)
  })

  test('of two exports of one cluster is the only one that counts, in any order', () => {
    const one = {
      ports: ports('a:1'),
      export: { cluster: 'c1', uid: 'a', creationTimestamp: DAY_1 },
    }
    const other = { ports: ports('b:2'), export: { ...one.export, uid: 'b' } }
    for (const merged of [merge(one, other), merge(other, one)]) {
      expect(merged).toMatchObject({ clusters: ['c1'], ports: ports('a:1'), conflicts: [] })
    }
  })
})

describe('the age of an export', () => {
  test.each<[string, string, string, string]>([
    [
      'begins with its cluster',
      '1970-01-01T00:00:00Z',
      '2026-01-02T00:00:00Z',
      '2026-01-02T00:00:00Z',
    ],
    [
      'is its own when its cluster is older',
      '2026-01-02T00:00:00Z',
      '2020-01-01T00:00:00Z',
      '2026-01-02T00:00:00Z',
    ],
    [
      'is its own when the age of its cluster is unknown',
      '1970-01-01T00:00:00Z',
      '',
      '1970-01-01T00:00:00Z',
    ],
    ['stays unknown when its time is invalid', 'yesterday', '2020-01-01T00:00:00Z', 'yesterday'],
    [
      'is compared across offsets',
      '2026-01-01T01:30:00+02:00',
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z',
    ],
  ])('%s', (_rule, creationTimestamp, clusterCreated, wanted) => {
    const aged = notOlderThanCluster(exportView({ creationTimestamp }), clusterCreated)
    expect(aged.creationTimestamp).toBe(wanted)
  })
})

test('no exports merge to undefined', () => {
  expect(mergeExports([])).toBeUndefined()
})

test('clusters are sorted by id, not by age', () => {
  const clusters = ['c', 'a', 'b'].map((cluster) => ({ export: { cluster } }))
  expect(merge(...clusters).clusters).toEqual(['a', 'b', 'c'])
})

test('messages name the property, the winning cluster and the number that disagree', () => {
  const { conflicts } = merge({}, { headless: true }, { ports: ports('http:81') }, {})
  expect(conflicts).toEqual([
    {
      reason: 'PortConflict',
      message:
        'Conflicting ports. Using the union, where collisions are won by the oldest service export in "c1". ' +
        '1/4 clusters disagree.',
      disagreeing: ['c3'],
    },
    {
      reason: 'TypeConflict',
      message:
        'Conflicting type. Using "ClusterSetIP" from oldest service export in "c1". 1/4 clusters disagree.',
      disagreeing: ['c2'],
    },
  ])
})

describe('for any exports', () => {
  const texts = fc.oneof(fc.constantFrom('', 'a', 'b', 'IPv4', 'Local', 'ClientIP'), fc.string())
  const maps = fc.dictionary(texts, texts, { maxKeys: 3 })
  const numbers = fc.oneof(fc.constantFrom(0, 80, 81, 65_536, Number.NaN), fc.integer())
  const port = fc.record({
    name: fc.constantFrom('', 'http', 'web', 'NO'),
    protocol: fc.constantFrom('', 'TCP', 'UDP', 'tcp'),
    port: numbers,
    appProtocol: texts,
  })
  const change = fc.record({
    headless: fc.boolean(),
    ports: fc.array(port, { maxLength: 4 }),
    sessionAffinity: texts,
    affinityTimeout: fc.option(numbers, { nil: undefined }),
    internalTrafficPolicy: texts,
    trafficDistribution: texts,
    ipFamilies: fc.array(fc.constantFrom('IPv4', 'IPv6', 'IPv5'), { maxLength: 3 }),
    export: fc.record({
      creationTimestamp: fc.constantFrom('', 'x', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      exportedLabels: maps,
      exportedAnnotations: maps,
    }),
  })
  const several = fc.array(change, { minLength: 1, maxLength: 6 })

  test('the merge does not depend on their order', () => {
    fc.assert(
      fc.property(several, fc.infiniteStream(fc.nat()), (changes, random) => {
        const exports = validExports(...changes)
        const weights = new Map(exports.map((one) => [one, random.next().value]))
        const shuffled = exports.toSorted((a, b) => weights.get(a)! - weights.get(b)!)
        expect(mergeExports(shuffled)).toEqual(mergeExports(exports))
      }),
      { numRuns: 1000 },
    )
  })

  test('the merged ports are valid in one Service', () => {
    fc.assert(
      fc.property(several, (changes) => {
        const merged = merge(...changes).ports
        const unique = (values: readonly string[]) => new Set(values).size === merged.length
        expect(unique(merged.map(({ name }) => name))).toBe(true)
        expect(unique(merged.map(({ protocol, port: number }) => protocol + number))).toBe(true)
        if (merged.length > 1) expect(merged.map(({ name }) => name)).not.toContain('')
      }),
    )
  })
})
