// Which exported labels and annotations cause a warning.
import { expect, test } from 'vitest'
import { openPolicy } from '../../../src/fleet/api/member-policy.ts'
import { stringMapOf } from '../../../src/fleet/api/unstructured.ts'
import { exportWarnings } from '../../../src/fleet/plan/export-warnings.ts'
import { exportView, serviceView } from '../fixtures.ts'

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`label-${i}`, 'x'.repeat(50)]))

test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
  ['an export without labels and annotations has no warning', {}, {}, []],
  ['valid labels and annotations have no warning', { a: '1' }, { a: 'not a label value!' }, []],
  [
    'keys with invalid names or values are listed',
    { 'not a key': 'x', good: 'not a value!', fine: 'yes' },
    {},
    [
      'LabelsLeftOut Left out of the exportedLabels of cluster c1: "good", "not a key" (invalid or reserved).',
    ],
  ],
  [
    'reserved keys are listed',
    {},
    { 'clusterset-dns.io/x': '', 'multicluster.kubernetes.io/service-name': '' },
    [
      'AnnotationsLeftOut Left out of the exportedAnnotations of cluster c1: "clusterset-dns.io/x", ' +
        '"multicluster.kubernetes.io/service-name" (invalid or reserved).',
    ],
  ],
  [
    'so are keys of Kubernetes and of GitOps tools',
    { 'app.kubernetes.io/instance': 'shop', team: 'a', 'not a key': '' },
    { 'argocd.argoproj.io/tracking-id': 'shop:/Service:ns/web' },
    [
      'LabelsLeftOut Left out of the exportedLabels of cluster c1: "app.kubernetes.io/instance", "not a key" ' +
        '(invalid or reserved).',
      'AnnotationsLeftOut Left out of the exportedAnnotations of cluster c1: "argocd.argoproj.io/tracking-id" ' +
        '(invalid or reserved).',
    ],
  ],
  [
    'a long key is cut',
    { ['k'.repeat(1_000_000)]: '' },
    {},
    [
      `LabelsLeftOut Left out of the exportedLabels of cluster c1: "${'k'.repeat(60)}" (1000000 characters) ` +
        '(invalid or reserved).',
    ],
  ],
  [
    'of many keys the first five are listed',
    Object.fromEntries(['f', 'e', 'd', 'c', 'b', 'a', 'g'].map((one) => [`${one}!`, ''])),
    {},
    [
      'LabelsLeftOut Left out of the exportedLabels of cluster c1: "a!", "b!", "c!", "d!", "e!" and 2 more ' +
        '(invalid or reserved).',
    ],
  ],
  [
    'a map over 64 KiB is left out completely',
    many(2000),
    { ...many(2000), 'not a key': '' },
    [
      'LabelsLeftOut Left out of the exportedLabels of cluster c1: all, because they exceed 64 KiB.',
      'AnnotationsLeftOut Left out of the exportedAnnotations of cluster c1: all, because they exceed 64 KiB.',
    ],
  ],
])('%s', (_rule, exportedLabels, exportedAnnotations, wanted) => {
  const exported = { ...exportView({ exportedLabels, exportedAnnotations }), deleting: false }
  const found = exportWarnings(exported, serviceView(), [], openPolicy).map(
    ({ reason, message }) => `${reason} ${message}`,
  )
  expect(found).toEqual(wanted)
})

/** The first valid keys, from one to three characters. */
function* shortKeys() {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789']
  yield* letters
  for (const a of letters) for (const b of letters) yield a + b
  for (const a of letters) for (const b of letters) for (const c of letters) yield a + b + c
}

test('of more labels than are read there is a warning, as short as their keys may be', () => {
  const raw = Object.fromEntries(shortKeys().map((key) => [key, '']))
  const exportedLabels = stringMapOf(raw)
  expect(Object.keys(exportedLabels).length).toBeLessThan(Object.keys(raw).length)
  const exported = { ...exportView({ exportedLabels }), deleting: false }
  const [warning] = exportWarnings(exported, serviceView(), [], openPolicy)
  expect(warning?.message).toContain('all, because they exceed 64 KiB')
})
