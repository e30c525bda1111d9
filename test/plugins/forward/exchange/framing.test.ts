import { describe, expect, test } from 'vitest'
import { FrameReader, framed } from '../../../../src/plugins/forward/exchange/framing.ts'
import { frame } from '../../../support/dns-frames.ts'
import { createRandom } from '../../../support/random.ts'

/** The lengths of the messages in `chunks`; "bad" when the stream is. */
function lengths(...chunks: readonly Uint8Array[]): (number | string)[] {
  const reader = new FrameReader()
  const found: (number | string)[] = []
  for (const chunk of chunks) {
    if (!reader.push(chunk, (message) => found.push(message.length))) return [...found, 'bad']
  }
  return found
}

describe('messages of a stream', () => {
  const stream = Buffer.concat([12, 300, 65535, 13].map((length) => frame(Buffer.alloc(length))))

  test('come out of one chunk', () => {
    expect(lengths(stream)).toEqual([12, 300, 65535, 13])
  })

  test('come out of single bytes', () => {
    expect(lengths(...Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual([
      12, 300, 65535, 13,
    ])
  })

  test.each([1, 2, 3, 4])('come out of chunks of random sizes (seed %d)', (seed) => {
    const random = createRandom(seed)
    const chunks: Uint8Array[] = []
    for (let at = 0; at < stream.length; ) {
      const size = 1 + random.int(2000)
      chunks.push(stream.subarray(at, at + size))
      at += size
    }
    expect(lengths(...chunks)).toEqual([12, 300, 65535, 13])
  })

  test.each([0, 1, 11])('end with a length of %d, which is less than a header', (length) => {
    expect(lengths(Buffer.concat([frame(Buffer.alloc(20)), frame(Buffer.alloc(length))]))).toEqual([
      20,
      'bad',
    ])
  })

  test('an incomplete message is held back', () => {
    expect(lengths(stream.subarray(0, 20))).toEqual([12])
  })
})

test('a frame has the length, and the id in the message', () => {
  expect([...framed(Uint8Array.of(0, 0, 5, 6), 0xabcd)]).toEqual([0, 4, 0xab, 0xcd, 5, 6])
})
