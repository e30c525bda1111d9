import { expect, test } from 'vitest'
import { exportWarnings } from '../../../src/fleet/plan/export-warnings.ts'
import { exportView, serviceView } from '../fixtures.ts'

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`label-${i}`, 'x'.repeat(50)]))

test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
  ['nothing exported, nothing to say', {}, {}, []],
  ['what an object may have is not mentioned', { a: '1' }, { a: 'not a label value!' }, []],
  [
    'keys and values that it may not have are named',
    { 'not a key': 'x', good: 'not a value!', fine: 'yes' },
    {},
    [
      'LabelsLeftOut The exportedLabels of cluster c1 are not passed on: "good", "not a key", which no object may ' +
        'have or which are reserved.',
    ],
  ],
  [
    'so are those that are reserved',
    {},
    { 'clusterset-dns.io/x': '', 'multicluster.kubernetes.io/service-name': '' },
    [
      'AnnotationsLeftOut The exportedAnnotations of cluster c1 are not passed on: "clusterset-dns.io/x", ' +
        '"multicluster.kubernetes.io/service-name", which no object may have or which are reserved.',
    ],
  ],
  [
    'of many some are named',
    Object.fromEntries(['f', 'e', 'd', 'c', 'b', 'a', 'g'].map((one) => [`${one}!`, ''])),
    {},
    [
      'LabelsLeftOut The exportedLabels of cluster c1 are not passed on: "a!", "b!", "c!", "d!", "e!" and 2 more, ' +
        'which no object may have or which are reserved.',
    ],
  ],
  [
    'too large a map is left out whole',
    many(2000),
    { ...many(2000), 'not a key': '' },
    [
      'LabelsLeftOut The exportedLabels of cluster c1 are not passed on: all, for they are over 64 KiB.',
      'AnnotationsLeftOut The exportedAnnotations of cluster c1 are not passed on: all, for they are over 64 KiB.',
    ],
  ],
])('%s', (_rule, exportedLabels, exportedAnnotations, wanted) => {
  const exported = { ...exportView({ exportedLabels, exportedAnnotations }), deleting: false }
  const found = exportWarnings(exported, serviceView(), []).map(
    ({ reason, message }) => `${reason} ${message}`,
  )
  expect(found).toEqual(wanted)
})
