// The diff that a dry run prints, from the writes it collects.
import { describe, expect, test } from 'vitest'
import { changesText } from '../../src/cli/changes-text.ts'
import { fieldChanges } from '../../src/cli/field-changes.ts'
import { ChangeCollector, countChanges } from '../../src/cli/planned-changes.ts'
import type { Write } from '../../src/fleet/api/writes.ts'

const plain = (_: unknown, text: string) => text
const id = { name: 'web', uid: '1', resourceVersion: '2' }
const patch = (body: object, subresource: '' | 'status' = ''): Write => ({
  action: 'patch',
  resource: 'serviceimports',
  namespace: 'ns',
  id,
  body: body as Write extends { body: infer B } ? B : never,
  subresource,
})
const create = (name: string, body: object, next?: Write): Write => ({
  action: 'create',
  resource: 'services',
  namespace: 'ns',
  name,
  body: body as Record<string, unknown>,
  ...(next === undefined ? {} : { next }),
})

describe('fieldChanges', () => {
  test.each([
    ['an equal object has none', { a: { b: [1, 2] } }, { a: { b: [1, 2] } }, []],
    ['a new field', { a: 1 }, { a: 1, b: 2 }, [{ path: 'b', to: 2 }]],
    ['a changed field', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', from: 1, to: 2 }]],
    ['a removed field', { a: { b: 1 } }, { a: {} }, [{ path: 'a.b', from: 1 }]],
    [
      'a name with dots stands in brackets',
      {},
      { labels: { 'x.io/y': 'z' } },
      [{ path: 'labels[x.io/y]', to: 'z' }],
    ],
    [
      'elements of a list come and go by themselves',
      { ips: ['10.0.0.1', '10.0.0.2'] },
      { ips: ['10.0.0.2', '10.0.0.3'] },
      [
        { path: 'ips', from: '10.0.0.1' },
        { path: 'ips', to: '10.0.0.3' },
      ],
    ],
    ['one of two equal elements', { a: [1, 1] }, { a: [1] }, [{ path: 'a', from: 1 }]],
    ['a list in place of a value', { a: 1 }, { a: [1] }, [{ path: 'a', from: 1, to: [1] }]],
    [
      'conditions are compared by type, without their times',
      {
        conditions: [
          { type: 'Valid', status: 'True', reason: 'Valid', message: '', lastTransitionTime: 'a' },
          { type: 'Ready', status: 'False', reason: 'Pending', message: 'no address' },
        ],
      },
      {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Ready', message: '' },
          { type: 'Valid', status: 'True', reason: 'Valid', message: '', lastTransitionTime: 'b' },
        ],
      },
      [{ path: 'conditions[Ready]', from: 'False Pending no address', to: 'True Ready' }],
    ],
    [
      'the first condition',
      { conditions: [] },
      { conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '' }] },
      [{ path: 'conditions[Ready]', to: 'True Ready' }],
    ],
  ])('%s', (_, from, to, wanted) => {
    expect(fieldChanges(from, to)).toEqual(wanted)
  })
})

/** The lines for the cluster west, with nothing to do in the hub. */
function text(collector: ChangeCollector): readonly string[] {
  const clusters = [{ name: 'west', read: true, changes: collector.changes() }]
  const { followUps } = collector
  const hub = { name: 'in-cluster', read: true, changes: [] }
  const summary = countChanges(clusters)
  return changesText({ hub, clusters, summary, followUps, problems: [] }, plain)
}

test('nothing to do is told for each cluster and at the end', () => {
  expect(text(new ChangeCollector())).toEqual([
    'hub (in-cluster): no changes',
    'cluster west: no changes',
    '',
    'no changes',
  ])
})

test('a plan that may lack changes says so, and names the clusters that were not read', () => {
  const hub = { name: 'in-cluster', read: false, changes: [] }
  const clusters = [{ name: 'east', read: false, changes: [] }]
  const summary = countChanges([hub, ...clusters])
  const problems = ['the hub is away', 'east is away']
  expect(changesText({ hub, clusters, summary, followUps: false, problems }, plain)).toEqual([
    'hub (in-cluster): not read',
    'cluster east: not read',
    '',
    'no changes in what was read',
    'This plan may lack changes, for the reasons in the log.',
  ])
})

test('two patches of one object are one change, and only fields that differ are shown', () => {
  const collector = new ChangeCollector()
  const before = { metadata: { name: 'web' }, spec: { type: 'ClusterSetIP', ips: ['10.0.0.1'] } }
  collector.add(patch({ spec: { type: 'ClusterSetIP', ips: ['10.0.0.2'] } }), before)
  collector.add(patch({ status: { clusters: [{ cluster: 'east' }] } }, 'status'), before)
  expect(text(collector)).toEqual([
    'hub (in-cluster): no changes',
    'cluster west:',
    '  ~ serviceimports ns/web',
    '      - spec.ips: 10.0.0.1',
    '      + spec.ips: 10.0.0.2',
    '      + status.clusters: {cluster: east}',
    '',
    '0 to create, 1 to change, 0 to delete',
  ])
})

test('a second patch whose object cannot be read adds to the first', () => {
  const before = { spec: { type: 'ClusterSetIP' }, status: { clusters: [{ cluster: 'east' }] } }
  const collector = new ChangeCollector()
  collector.add(patch({ spec: { ips: ['10.0.0.1'] } }), before)
  collector.add(patch({ status: { type: 'x' } }, 'status'), undefined)
  const [{ fields } = { fields: [] }] = collector.changes()
  expect(fields).toEqual([
    { path: 'spec.ips', to: '10.0.0.1' },
    { path: 'status.type', to: 'x' },
  ])
})

test('a patch that changes no field is no change', () => {
  const collector = new ChangeCollector()
  collector.add(patch({ spec: { type: 'ClusterSetIP' } }), { spec: { type: 'ClusterSetIP' } })
  expect(collector.changes()).toEqual([])
})

test('of an object that cannot be read all fields of the patch are shown', () => {
  const collector = new ChangeCollector()
  collector.add(patch({ metadata: { labels: { a: null } }, spec: { ips: [] } }), undefined)
  collector.add(patch({ status: { clusters: [] } }, 'status'), undefined)
  expect(collector.changes()).toMatchObject([
    {
      action: 'change',
      fields: [
        { path: 'metadata.labels.a', to: null },
        { path: 'spec.ips', to: [] },
        { path: 'status.clusters', to: [] },
      ],
    },
  ])
})

test('a new object is shown with the one that follows it; other writes that depend on it are not', () => {
  const collector = new ChangeCollector()
  collector.add(create('amcs-web', { spec: { type: 'ClusterIP' } }, create('zzz', {})), undefined)
  expect(text(collector).slice(1)).toEqual([
    'cluster west:',
    '  + services ns/amcs-web',
    '      + spec.type: ClusterIP',
    '  + services ns/zzz',
    '',
    '2 to create, 0 to change, 0 to delete',
    'Writes that depend on new objects follow, and are not shown.',
  ])
})

test('a Service that is replaced is deleted and created', () => {
  const collector = new ChangeCollector()
  const service = {
    resource: 'services',
    namespace: 'ns',
    id: { ...id, name: 'amcs-web' },
  } as const
  collector.add({ ...service, action: 'delete' }, undefined)
  collector.add(create('amcs-web', {}), undefined)
  expect(collector.changes().map(({ action, name }) => [action, name])).toEqual([
    ['delete', 'amcs-web'],
    ['create', 'amcs-web'],
  ])
})

test('of a long list the first lines are shown', () => {
  const collector = new ChangeCollector()
  const ips = Array.from({ length: 25 }, (_, i) => `10.0.0.${i}`)
  collector.add(patch({ spec: { ips } }), { spec: { ips: [] } })
  const lines = text(collector)
  expect(lines.filter((line) => line.includes('+ spec.ips'))).toHaveLength(20)
  expect(lines).toContain('      ... and 5 more fields, which -o yaml shows')
})
