// Which exported labels and annotations are not handed on by default.
import { expect, test } from 'vitest'
import {
  isReservedByDefault,
  keyTest,
  withoutReserved,
} from '../../../src/fleet/api/reserved-keys.ts'

test.each([
  'kubernetes.io/metadata.name',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/instance',
  'kubectl.kubernetes.io/last-applied-configuration',
  'external-dns.alpha.kubernetes.io/hostname',
  'service.beta.kubernetes.io/aws-load-balancer-type',
  'applyset.kubernetes.io/part-of',
  'kustomize.config.k8s.io/id',
  'k8s.io/x',
  'argocd.argoproj.io/tracking-id',
  'argocd.argoproj.io/instance',
  'kustomize.toolkit.fluxcd.io/name',
  'helm.toolkit.fluxcd.io/namespace',
  'fluxcd.io/sync-checksum',
  'meta.helm.sh/release-name',
  'helm.sh/chart',
  'kapp.k14s.io/app',
  'objectset.rio.cattle.io/hash',
  'configsync.gke.io/resource-id',
  'configmanagement.gke.io/managed',
])('%s is not handed on', (key) => {
  expect(isReservedByDefault(key)).toBe(true)
})

test.each([
  'app',
  'team',
  'example.com/kubernetes.io',
  'notkubernetes.io/x',
  'kubernetes.io.example/x',
  'myhelm.sh/x',
])('%s is handed on', (key) => {
  expect(isReservedByDefault(key)).toBe(false)
})

test('entries that are all handed on are the same object', () => {
  const entries = { team: 'a' }
  expect(withoutReserved(entries, isReservedByDefault)).toBe(entries)
  expect(withoutReserved({ ...entries, 'helm.sh/chart': '' }, isReservedByDefault)).toEqual(entries)
})

test.each([
  ['a key over 317 characters', `${'a'.repeat(300)}.k8s.io/${'b'.repeat(20)}`],
  ['a key of two lines', 'a.k8s.io/b\nc'],
  ['a key of a megabyte', `${'.k8s.io/'.repeat(131_072)}\n`],
])('%s is invalid anyway: no pattern is tried', (_, key) => {
  expect(isReservedByDefault(key)).toBe(false)
  expect(keyTest(['*'])(key)).toBe(false)
})
