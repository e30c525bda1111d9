// The framing of netlink messages. The real kernel reads all kinds of requests in test/e2e/node-cache.test.ts.
import { describe, expect, test } from 'vitest'
import { addAddress, createInterface } from '../../src/node-cache/interface-requests.ts'
import {
  attribute,
  bigEndianAttribute,
  decodeReplies,
  encodeRequests,
  NLM_F_ACK,
  nested,
  textAttribute,
} from '../../src/node-cache/netlink.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test.each([
  ['bytes, filled up to a multiple of four', attribute(2, Uint8Array.of(1)), '0500020001000000'],
  ['a text with its zero byte', textAttribute(3, 'lo'), '070003006c6f0000'],
  ['a number in network order', bigEndianAttribute(1, -300), '08000100fffffed4'],
  [
    'attributes in an attribute',
    nested(4, attribute(1, Uint8Array.of(7))),
    '0c0004800500010007000000',
  ],
])('an attribute with %s', (_what, encoded, wanted) => {
  expect(hex(encoded)).toBe(wanted)
})

test('requests follow each other at multiples of four, with their index as sequence number', () => {
  const payload = Uint8Array.of(1, 2, 3)
  const request = { about: '', type: 16, flags: NLM_F_ACK, payload }
  expect(hex(encodeRequests([request, request]))).toBe(
    '13000000100005000000000000000000' +
      '01020300' +
      '13000000100005000100000000000000' +
      '01020300',
  )
})

test('the interface is a dummy that is up', () => {
  // struct ifinfomsg with IFF_UP, IFLA_IFNAME, IFLA_LINKINFO with IFLA_INFO_KIND.
  expect(hex(createInterface().payload)).toBe(
    '00000000000000000100000001000000' +
      `11000300${hex(Buffer.from('nodelocaldns\0'))}000000` +
      `100012800a000100${hex(Buffer.from('dummy\0'))}0000`,
  )
})

test('an address has all bits of its family, and the scope of this machine', () => {
  expect(hex(addAddress(7, '169.254.20.10').payload)).toBe(
    '022000fe07000000' + '08000200a9fe140a' + '08000100a9fe140a',
  )
  expect(hex(addAddress(7, 'fd00::a').payload).slice(0, 16)).toBe('0a8002fe07000000')
})

describe('replies', () => {
  const message = (type: number, request: number, ...payload: readonly number[]) => {
    const bytes = Buffer.alloc(16 + payload.length)
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeUInt16LE(type, 4)
    bytes.writeUInt32LE(request, 8)
    bytes.set(payload, 16)
    return bytes
  }

  test('are objects, acknowledgements and errors', () => {
    const object = message(16, 0, 1, 2, 3, 4)
    const confirmed = message(2, 1, 0, 0, 0, 0)
    // EPERM
    const refused = message(2, 2, 255, 255, 255, 255)
    const replies = decodeReplies(Buffer.concat([object, confirmed, refused]))
    expect(replies.map(({ request, errno }) => [request, errno])).toEqual([
      [0, undefined],
      [1, 0],
      [2, 1],
    ])
    expect([...replies[0]!.payload]).toEqual([1, 2, 3, 4])
  })

  test.each([
    ['an empty datagram', Buffer.alloc(0)],
    ['a length below that of a header', Buffer.alloc(16, 3)],
    ['a length beyond the datagram', message(16, 0, 1, 2, 3, 4).subarray(0, 18)],
  ])('of %s are none', (_what, datagram) => {
    expect(decodeReplies(datagram)).toEqual([])
  })
})
