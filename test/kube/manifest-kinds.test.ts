// Kinds of manifests: an object is known by kind and API group together.
import { describe, expect, test } from 'vitest'
import { isKnownKind, unreadReason } from '../../src/kube/manifest-kinds.ts'

const MCS = 'multicluster.x-k8s.io'
const KNOWN = new Map([
  ['ServiceImport', MCS],
  ['EndpointSlice', 'discovery.k8s.io'],
  ['Namespace', ''],
])

test.each([
  ['ServiceImport', `${MCS}/v1alpha1`, true],
  ['ServiceImport', 'net.gke.io/v1', false],
  ['ServiceImport', `x.${MCS}/v1alpha1`, false],
  ['Namespace', 'v1', true],
  ['Namespace', 'example.org/v1', false],
  ['Namespace', '', false],
  ['Deployment', 'apps/v1', false],
  ['constructor', 'v1', false],
])('%s of %s is known: %s', (kind, apiVersion, known) => {
  expect(isKnownKind(KNOWN, kind, apiVersion)).toBe(known)
})

describe('a warning is due for', () => {
  test.each([
    ['ServiceImport', 'multicluster.k8s.io/v1', /of API group multicluster\.k8s\.io is not read/],
    ['ServiceImport', 'net.gke.io/v1', /is not read, only of API group multicluster\.x-k8s\.io/],
    ['ServiceImport', 'v1', /of API group "" \(core\)/],
    ['ServiceImport', '', /without apiVersion/],
    ['EndpointSlice', 'v1', /only of API group discovery\.k8s\.io/],
    ['Namespace', 'example.org/v1', /only of API group "" \(core\)/],
    ['EndpointSlize', 'discovery.k8s.io/v1', /"EndpointSlize".*did you mean EndpointSlice\?/],
    ['ServiceImprot', `${MCS}/v1alpha1`, /did you mean ServiceImport\?/],
    ['serviceimport', `${MCS}/v1alpha1`, /did you mean ServiceImport\?/],
    ['ServiceImports', `${MCS}/v1beta1`, /did you mean ServiceImport\?/],
    ['Namspace', 'v1', /did you mean Namespace\?/],
  ])('%s of "%s"', (kind, apiVersion, text) => {
    expect(unreadReason(KNOWN, kind, apiVersion)).toMatch(text)
  })
})

describe('no warning for', () => {
  test.each([
    ['ServiceImport', `${MCS}/v1alpha1`],
    ['ServiceImport', `${MCS}/v9`],
    ['Deployment', 'apps/v1'],
    ['Gateway', 'gateway.networking.k8s.io/v1'],
    ['Work', `${MCS}/v1alpha1`],
    ['Service', 'serving.knative.dev/v1'],
    ['ServiceImprot', 'example.org/v1'],
    ['Secret', 'v1'],
    ['Node', 'v1'],
  ])('%s of %s', (kind, apiVersion) => {
    expect(unreadReason(KNOWN, kind, apiVersion)).toBeUndefined()
  })
})
