// Which imports mode auto creates, and how they follow the exports.
import { describe, expect, test } from 'vitest'
import type { ImportView } from '../../../src/fleet/api/types.ts'
import { mergeExports } from '../../../src/fleet/merge/merge-exports.ts'
import { type DesiredImport, importChange } from '../../../src/fleet/plan/auto-import.ts'
import { type ExportChange, importView, ports, validExports } from '../fixtures.ts'

const KEYS = 'clusterset-dns.io/exported-keys'
const merge = (...changes: ExportChange[]) => mergeExports(validExports(...changes))
const exported = (exportedLabels: Record<string, string>, exportedAnnotations = {}) =>
  merge({ export: { exportedLabels, exportedAnnotations } })

/** The import after its creation, as the API server returns it. */
function created(merged = merge({})): ImportView {
  const change = importChange('auto', merged, undefined)
  expect(change.action).toBe('create')
  return importView((change as { wanted: DesiredImport }).wanted)
}

describe('a missing import', () => {
  test('is created in mode auto with the merged fields of its exports', () => {
    const merged = merge({ sessionAffinity: 'ClientIP', affinityTimeout: 10, ports: ports('a:1') })
    expect(importChange('auto', merged, undefined)).toEqual({
      action: 'create',
      wanted: {
        type: 'ClusterSetIP',
        ports: ports('a:1'),
        sessionAffinity: 'ClientIP',
        affinityTimeout: 10,
        internalTrafficPolicy: 'Cluster',
        trafficDistribution: '',
        labels: { 'clusterset-dns.io/auto-import': 'true' },
        annotations: { [KEYS]: '{"labels":[],"annotations":[]}' },
      },
    })
  })

  test('is not created in mode manual, nor without an export', () => {
    expect(importChange('manual', merge({}), undefined)).toEqual({ action: 'none' })
    expect(importChange('auto', undefined, undefined)).toEqual({ action: 'none' })
  })
})

describe("a user's import", () => {
  test.each(['auto', 'manual'] as const)('is not changed in mode %s', (mode) => {
    const own = importView({ ports: ports('x:1') })
    expect(importChange(mode, merge({}), own)).toEqual({ action: 'none' })
    expect(importChange(mode, undefined, own)).toEqual({ action: 'none' })
  })
})

describe('an import with our label', () => {
  const id = { name: 'web', uid: 'import-uid', resourceVersion: '1' }

  test.each(['auto', 'manual'] as const)(
    'is not written in mode %s while the exports are the same',
    (mode) => {
      expect(importChange(mode, merge({}), created())).toEqual({ action: 'none' })
    },
  )

  test.each(['auto', 'manual'] as const)('is deleted in mode %s with its last export', (mode) => {
    expect(importChange(mode, undefined, created())).toEqual({ action: 'delete', id })
  })

  test.each<[string, ExportChange, string[]]>([
    ['type', { headless: true }, ['type']],
    ['ports', { ports: ports('x:1') }, ['ports']],
    [
      'affinity',
      { sessionAffinity: 'ClientIP', affinityTimeout: 10 },
      ['sessionAffinity', 'sessionAffinityConfig'],
    ],
    ['policy', { internalTrafficPolicy: 'Local' }, ['internalTrafficPolicy']],
    ['distribution', { trafficDistribution: 'PreferClose' }, ['trafficDistribution']],
  ])('follows the %s of its exports', (_name, change, changed) => {
    const before = created()
    const update = importChange('manual', merge(change), before)
    expect(update).toMatchObject({ action: 'update', id, changed })
    const after = { ...before, ...(update as { wanted: DesiredImport }).wanted }
    expect(importChange('manual', merge(change), after)).toEqual({ action: 'none' })
  })

  test('gets and loses exported labels and annotations, and keeps those that others set', () => {
    const before = created(exported({ a: '1', b: '2' }, { c: 'x y' }))
    expect(before.labels).toMatchObject({ a: '1', b: '2' })
    const kept = {
      ...before,
      labels: { ...before.labels, mine: 'x' },
      annotations: { ...before.annotations, 'clusterset-dns.io/on-expiry': 'drop' },
    }
    const change = importChange('auto', exported({ a: '3' }), kept)
    expect(change).toMatchObject({ changed: ['labels', 'annotations'] })
    const { labels, annotations } = (change as { wanted: DesiredImport }).wanted
    expect(labels).toEqual({ a: '3', mine: 'x', 'clusterset-dns.io/auto-import': 'true' })
    expect(annotations).toEqual({
      'clusterset-dns.io/on-expiry': 'drop',
      [KEYS]: '{"labels":["a"],"annotations":[]}',
    })
  })

  test.each(['', 'null', '{', '[]', '{"labels":1}', '{"labels":[1,null]}'])(
    'tolerates a malformed list of exported keys: %j',
    (text) => {
      const spoilt = { ...created(), annotations: { [KEYS]: text } }
      expect(importChange('auto', merge({}), spoilt)).toMatchObject({ changed: ['annotations'] })
    },
  )

  test('belongs to a user once the label is removed', () => {
    expect(importChange('auto', undefined, { ...created(), labels: {} })).toEqual({
      action: 'none',
    })
  })
})
