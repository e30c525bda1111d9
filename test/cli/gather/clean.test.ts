// What a support archive shows of texts and objects.
import { describe, expect, test } from 'vitest'
import {
  cleanCorefile,
  cleanObject,
  crdSummary,
  deploymentSummary,
  mapStrings,
  podSummary,
} from '../../../src/cli/gather/clean.ts'

describe('a Corefile keeps its lines, but not', () => {
  test.each([
    ['tsig', '  secret key.example. c2VjcmV0\n', '  secret [hidden]\n'],
    ['route53', '  aws_access_key AKIA x1\n', '  aws_access_key [hidden]\n'],
    ['etcd', '\tcredentials root pw\n', '\tcredentials [hidden]\n'],
    ['azure', 'azure { secret x\n', 'azure { secret [hidden]\n'],
    ['a URL', 'endpoint https://me:pw@etcd:2379\n', 'endpoint https://[hidden]@etcd:2379\n'],
  ])('what %s takes', (_, text, shown) => {
    expect(cleanCorefile(text)).toBe(shown)
  })

  test('what holds no secret', () => {
    const text =
      '.:53 {\n    errors\n    multicluster clusterset.local {\n        ttl 5\n    }\n    forward . 1.1.1.1\n}\n'
    expect(cleanCorefile(text)).toBe(text)
  })
})

test('a Corefile that repeats a word without an end takes linear time', () => {
  const text = `${'secret'.repeat(100_000)}\n`
  // The time limit of the test is that of a regular expression that does not end.
  expect(cleanCorefile(text)).toBe(text)
})

test('each text of a document is cleaned, at any depth, and its keys stay', () => {
  const value = { a: ['x', { b: 'x' }], n: 1, none: null, yes: true }
  expect(mapStrings(value, (text) => `${text}!`)).toEqual({
    a: ['x!', { b: 'x!' }],
    n: 1,
    none: null,
    yes: true,
  })
})

test('a document is cut below 100 levels', () => {
  const nested = (levels: number): unknown => {
    let value: unknown = 'x'
    for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value }
    return value
  }
  const mapped = (levels: number) => JSON.stringify(mapStrings(nested(levels), (text) => text))
  expect(mapped(100)).toContain('"x"')
  expect(mapped(101)).toContain('"[too deep]"')
  expect(mapped(20_000)).toContain('"[too deep]"')
})

test('an object has no managedFields, and no values of annotations that users write', () => {
  const metadata = {
    name: 'web',
    labels: { app: 'web' },
    managedFields: [{ manager: 'x' }],
    annotations: {
      'clusterset-dns.io/import-mode': 'auto',
      'multicluster.kubernetes.io/derived-service': 'amcs-web',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      note: 'x',
      'evil.example/clusterset-dns.io/': 'x',
    },
  }
  const raw = { metadata, spec: { type: 'a', exportedAnnotations: { note: 'x' } }, status: {} }
  expect(cleanObject(raw)).toEqual({
    metadata: {
      name: 'web',
      labels: { app: 'web' },
      annotations: {
        'clusterset-dns.io/import-mode': 'auto',
        'multicluster.kubernetes.io/derived-service': 'amcs-web',
        'kubectl.kubernetes.io/last-applied-configuration': '[hidden]',
        note: '[hidden]',
        'evil.example/clusterset-dns.io/': '[hidden]',
      },
    },
    spec: { type: 'a', exportedAnnotations: { note: '[hidden]' } },
    status: {},
  })
  // An Event has no spec.
  expect(cleanObject({ metadata: {}, reason: 'x' })).toEqual({ metadata: {}, reason: 'x' })
})

test('pods and deployments show images and state, but no environment, arguments or volumes', () => {
  const container = {
    name: 'c',
    image: 'i',
    env: [{ name: 'A', value: 'x' }],
    args: ['x'],
    command: ['x'],
    livenessProbe: { exec: { command: ['x'] } },
  }
  const spec = {
    nodeName: 'n',
    containers: [container],
    volumes: [{}],
    initContainers: [container],
  }
  const metadata = { name: 'p', namespace: 'n', annotations: { a: 'x' } }
  const shown = { metadata: { name: 'p', namespace: 'n' }, status: { phase: 'Running' } }
  const containers = [{ name: 'c', image: 'i' }]
  expect(podSummary({ metadata, spec, status: { phase: 'Running' } })).toEqual({
    ...shown,
    spec: { nodeName: 'n', containers },
  })
  const template = { metadata: { annotations: { a: 'x' } }, spec }
  expect(deploymentSummary({ metadata, spec: { replicas: 2, template }, status: {} })).toEqual({
    ...shown,
    spec: { replicas: 2, containers },
    status: {},
  })
})

test('a CRD shows which versions are served and stored', () => {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { long: 1 } }]
  const raw = { metadata: { name: 'c' }, spec: { versions }, status: { storedVersions: ['v1'] } }
  expect(crdSummary(raw)).toEqual({
    metadata: { name: 'c' },
    versions: [{ name: 'v1', served: true, storage: true }],
    storedVersions: ['v1'],
  })
})
