// Services and Pods in protobuf convert to the same objects as their JSON.
import { describe, expect, test } from 'vitest'
import { PROTOBUF_TYPE } from '../../src/kube/media-types.ts'
import { wireFormat } from '../../src/kube/wire-format.ts'
import { podFromObject, serviceFromObject } from '../../src/sources/convert-core.ts'
import { podDecoders, serviceDecoders } from '../../src/sources/protobuf-core.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { encodePod, encodeService, message, wrap } from '../support/protobuf-encode.ts'

const services = wireFormat(PROTOBUF_TYPE, serviceDecoders)
const pods = wireFormat(PROTOBUF_TYPE, podDecoders)
const meta = { name: 'web', namespace: 'ns', resourceVersion: '7', labels: { a: 'b' } }
const object = (kind: string, more: object, metadata: object = meta): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata, ...more }) as KubeObject

describe('a Service in protobuf', () => {
  test.each<[string, object]>([
    [
      'ClusterIP',
      { type: 'ClusterIP', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] },
    ],
    ['headless', { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] }],
    ['ExternalName', { type: 'ExternalName', externalName: 'a.example' }],
    ['with ports', { clusterIP: '10.0.0.1', ports: [{ name: 'http', protocol: 'TCP', port: 80 }] }],
  ])('%s', (_, spec) => {
    const raw = object('Service', { spec })
    const decoded = services.decode(wrap('v1', 'Service', encodeService(raw)))
    expect(serviceFromObject(decoded)).toEqual(serviceFromObject(raw))
    expect(serviceFromObject(decoded).object).toBeDefined()
  })

  test('keeps no labels, and the annotations of bookmarks', () => {
    const annotations = { 'k8s.io/initial-events-end': 'true', other: 'x' }
    const raw = object('Service', {}, { ...meta, annotations })
    expect(services.decode(wrap('v1', 'Service', encodeService(raw)))).toMatchObject({
      metadata: { labels: {}, annotations: { 'k8s.io/initial-events-end': 'true' } },
    })
  })
})

describe('a Pod in protobuf', () => {
  test.each<[string, KubeObject]>([
    ['with an IP', object('Pod', { status: { podIP: '10.1.0.1' } })],
    ['without an IP', object('Pod', {})],
    [
      'that is being deleted',
      object('Pod', { status: { podIP: '10.1.0.1' } }, { ...meta, deletionTimestamp: 'now' }),
    ],
  ])('%s', (_, raw) => {
    const decoded = pods.decode(wrap('v1', 'Pod', encodePod(raw)))
    expect(podFromObject(decoded)).toEqual(podFromObject(raw))
  })

  test("of a list, with the list's version and token", () => {
    const raw = object('Pod', { status: { podIP: '10.1.0.1' } })
    const list = message({ 1: message({ 2: '9', 3: 'more' }), 2: [encodePod(raw), encodePod(raw)] })
    const decoded = pods.decode(wrap('v1', 'PodList', list)) as { items: unknown[] }
    expect(decoded).toMatchObject({ metadata: { resourceVersion: '9', continue: 'more' } })
    expect(decoded.items.map((one) => podFromObject(one))).toEqual([
      podFromObject(raw),
      podFromObject(raw),
    ])
  })
})
