import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/kube/api-error.ts'
import { PROTOBUF_TYPE } from '../../src/kube/media-types.ts'
import { MessageReader } from '../../src/kube/protobuf.ts'
import { ReceiveBuffers } from '../../src/kube/receive-buffer.ts'
import { defaultReceiveLimits } from '../../src/kube/receive-limits.ts'
import { type WatchEvent, wireFormat } from '../../src/kube/wire-format.ts'
import { sliceDecoders } from '../../src/sources/protobuf-slice.ts'
import { encodeSlice, frame, message, wrap, wrapSlice } from '../support/protobuf-encode.ts'
import { createRandom } from '../support/random.ts'
import { randomObjects } from '../support/random-objects.ts'
import { importedSlice } from '../support/source-request.ts'

const rest = () => new ReceiveBuffers(defaultReceiveLimits).open('an event')
const format = wireFormat(PROTOBUF_TYPE, sliceDecoders)
const slices = randomObjects(createRandom(11), 200).objects.filter(
  ({ kind }) => kind === 'EndpointSlice',
)
const meta = { name: 's', namespace: 'n', resourceVersion: '7' }
const SLICE = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...meta, labels: { 'multicluster.kubernetes.io/service-name': 'web', other: 'x' } },
  addressType: 'IPv4',
  endpoints: [
    { addresses: ['10.0.0.1'], conditions: { ready: true }, hostname: 'a' },
    { addresses: ['10.0.0.2'], conditions: { ready: false } },
    { addresses: ['10.0.0.3'] },
  ],
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }, { port: 443 }],
}

describe('an EndpointSlice in protobuf', () => {
  test('decodes to the fields that are kept, and no others', () => {
    expect(format.decode(Buffer.from(wrapSlice(SLICE)))).toEqual({
      metadata: {
        ...meta,
        labels: { 'multicluster.kubernetes.io/service-name': 'web' },
        annotations: {},
      },
      addressType: 'IPv4',
      endpoints: SLICE.endpoints.map(({ conditions = {}, ...rest }) => ({
        ...rest,
        conditions,
        targetRef: { kind: 'Pod', name: 'pod-1' },
        zone: 'zone-a',
      })),
      ports: SLICE.ports,
    })
  })

  test('converts to the same slice as its JSON', () => {
    expect(slices.length).toBeGreaterThan(100)
    for (const slice of slices) {
      expect(importedSlice(format.decode(Buffer.from(wrapSlice(slice))))).toEqual(
        importedSlice(slice),
      )
    }
  })

  test('truncated anywhere is a protocol error, never a smaller object', () => {
    const bytes = Buffer.from(wrapSlice(SLICE))
    for (let end = 0; end < bytes.length - 4; end++) {
      expect(() => format.decode(bytes.subarray(0, end))).toThrow(ApiError)
    }
  })

  test('with changed bytes is decoded or rejected, and terminates', () => {
    const random = createRandom(5)
    const bytes = Buffer.from(wrapSlice(SLICE))
    for (let i = 0; i < 5000; i++) {
      const broken = Buffer.from(bytes)
      for (let n = 0; n < 3; n++) broken[random.int(broken.length)] = random.int(256)
      try {
        importedSlice(format.decode(broken))
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError)
      }
    }
  })

  test.each([
    ['without its magic', message({ 2: 'x' }), 'does not start with the prefix'],
    ['of another kind', wrap('v1', 'Pod', message({})), 'the unexpected kind "Pod"'],
    [
      'of a kind that is a property of every object',
      wrap('v1', 'constructor', message({})),
      'the unexpected kind "constructor"',
    ],
  ])('%s is rejected', (_name, bytes, text) => {
    expect(() => format.decode(Buffer.from(bytes))).toThrow(text)
  })
})

test('a list has its items, its resourceVersion and its continue token', () => {
  const list = message({
    1: message({ 2: '100', 3: 'more', 4: 5 }),
    2: slices.slice(0, 3).map(encodeSlice),
  })
  const bytes = Buffer.from(wrap('discovery.k8s.io/v1', 'EndpointSliceList', list))
  expect(format.decode(bytes)).toMatchObject({
    metadata: { resourceVersion: '100', continue: 'more' },
    items: slices.slice(0, 3).map(({ metadata: { name } }) => ({ metadata: { name } })),
  })
})

describe('a watch in protobuf', () => {
  const bookmark = {
    ...SLICE,
    metadata: { ...meta, annotations: { 'k8s.io/initial-events-end': 'true' } },
  }
  const status = wrap('v1', 'Status', message({ 2: 'Failure', 3: 'too old', 6: 410 }))
  const stream = Buffer.concat([
    frame('ADDED', wrapSlice(SLICE)),
    frame('BOOKMARK', wrapSlice(bookmark)),
    frame('ERROR', status),
  ])

  test.each([1, 2, 3, 7, 100, 100_000])('is decoded in chunks of %i bytes', (size) => {
    const reader = format.events(rest())
    const events: WatchEvent[] = []
    for (let at = 0; at < stream.length; at += size) {
      events.push(...reader.push(stream.subarray(at, at + size)))
    }
    expect(events).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 's', resourceVersion: '7' } } },
      {
        type: 'BOOKMARK',
        object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
      },
      { type: 'ERROR', object: { code: 410, message: 'too old' } },
    ])
  })

  test('returns the events before one that cannot be decoded', () => {
    const bad = Buffer.concat([
      frame('ADDED', wrapSlice(SLICE)),
      frame('ADDED', message({ 2: 'x' })),
    ])
    const events: WatchEvent[] = []
    expect(() => {
      for (const event of format.events(rest()).push(bad)) events.push(event)
    }).toThrow(ApiError)
    expect(events).toHaveLength(1)
  })

  test('rejects a frame longer than any object', () => {
    const frame = () => [...format.events(rest()).push(Buffer.from([0x7f, 0, 0, 0]))]
    expect(frame).toThrow('an event is larger than 8 MB')
  })
})

test('a JSON response is decoded, too', () => {
  const json = wireFormat('application/json', sliceDecoders)
  expect(json.decode(Buffer.from('{"a":1}'))).toEqual({ a: 1 })
  expect([...json.events(rest()).push(Buffer.from('{"type":"ADDED","object":{}}\n'))]).toHaveLength(
    1,
  )
})

test('a varint without an end is rejected', () => {
  expect(() => new MessageReader(Buffer.alloc(20, 0xff)).next()).toThrow(ApiError)
})

test('a list of more messages than any list has is too large', () => {
  const empty = Buffer.alloc(2 * 300_000, Buffer.from([0x12, 0]))
  const list = wrap('discovery.k8s.io/v1', 'EndpointSliceList', empty)
  expect(() => format.decode(Buffer.from(list))).toThrow('it has more than 300000 values')
})
