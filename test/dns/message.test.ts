// The slow encoder and decoder: they agree with each other and with the test client, and terminate on any bytes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage, encodeMessage, type Message, type RR } from '../../src/dns/message.ts'
import { nameToWire } from '../../src/dns/name.ts'
import { decodeMessage as decodeByClient, messageText } from '../support/dns-decode.ts'

const name = (text: string) => nameToWire(text)!
const labels = fc.array(fc.constantFrom('a', 'b', 'svc', 'x'.repeat(63), 'local'), { maxLength: 3 })
const anyName = labels.map((list) => name(`${list.join('.')}.`))
const u16 = fc.nat(0xffff)

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

const typeAndData: fc.Arbitrary<Pick<RR, 'type' | 'data'>> = fc.oneof(
  fc.record({ type: fc.constant(1), data: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  fc.record({ type: fc.constant(28), data: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  fc.record({ type: fc.constantFrom(2, 5), data: anyName }),
  fc.record({ type: fc.constant(65280), data: fc.uint8Array({ maxLength: 50 }) }),
  fc
    .tuple(fc.uint8Array({ minLength: 6, maxLength: 6 }), anyName)
    .map(([fixed, target]) => ({ type: 33, data: concat(fixed, target) })),
  fc
    .tuple(anyName, anyName, fc.uint8Array({ minLength: 20, maxLength: 20 }))
    .map((parts) => ({ type: 6, data: concat(...parts) })),
)
const rr: fc.Arbitrary<RR> = fc
  .tuple(anyName, typeAndData, fc.nat(0xffffffff))
  .map(([owner, data, ttl]) => ({ name: owner, ...data, class: 1, ttl }))
const section = fc.array(rr, { maxLength: 6 })
const message: fc.Arbitrary<Message> = fc
  .tuple(
    fc.record({
      id: u16,
      // Without TC, which the encoder sets.
      flags: u16.map((flags) => flags & ~0x0200),
      questions: fc.array(fc.record({ name: anyName, type: u16, class: u16 }), { maxLength: 2 }),
      answers: section,
      authorities: section,
      additionals: section,
    }),
    fc.option(
      fc.record({
        size: u16,
        extendedRcode: fc.nat(255),
        version: fc.nat(255),
        flags: u16,
        options: fc.constantFrom(new Uint8Array(0), Uint8Array.of(0, 3, 0, 1, 7)),
      }),
    ),
  )
  .map(([body, opt]) => (opt === null ? body : { ...body, opt }))

describe('messages', () => {
  test('are equal after encoding and decoding', () => {
    fc.assert(
      fc.property(message, (sample) => {
        const wire = encodeMessage(sample, 65535)
        expect(decodeMessage(wire)).toEqual(sample)
        expect(decodeByClient(wire).trailing).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('are truncated to whole records, in order, with TC', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 0, max: 700 }), (sample, more) => {
        const bare = encodeMessage(
          { ...sample, answers: [], authorities: [], additionals: [] },
          65535,
        )
        const limit = bare.length + more
        const whole = encodeMessage(sample, 65535)
        const wire = encodeMessage(sample, limit)
        expect(wire.length).toBeLessThanOrEqual(limit)
        if (whole.length <= limit) {
          expect([...wire]).toEqual([...whole])
          return
        }
        const cut = decodeMessage(wire)!
        expect(cut.flags).toBe(sample.flags | 0x0200)
        expect(cut.opt).toEqual(sample.opt)
        const all = [...sample.answers, ...sample.authorities, ...sample.additionals]
        const kept = [...cut.answers, ...cut.authorities, ...cut.additionals]
        expect(kept).toEqual(all.slice(0, kept.length))
        expect(kept.length).toBeLessThan(all.length)
      }),
      { numRuns: 300 },
    )
  })

  test('compress the target of a CNAME record, to which its records point', () => {
    const [alias, target] = [name('alias.example.org.'), name('target.example.org.')]
    const message = {
      id: 1,
      flags: 0x8400,
      questions: [],
      authorities: [],
      additionals: [],
      answers: [
        { name: alias, type: 5, class: 1, ttl: 5, data: target },
        { name: target, type: 1, class: 1, ttl: 5, data: Uint8Array.of(192, 0, 2, 1) },
      ],
    }
    // The alias, its target with one label and a pointer, and the owner as a pointer.
    expect(encodeMessage(message, 65535)).toHaveLength(12 + 19 + 10 + 9 + 2 + 10 + 4)
  })

  test('compress names but not SRV targets, to which later names can point', () => {
    const target = name('web-0.c1.head.svc.')
    const data = concat(Uint8Array.of(0, 0, 0, 1, 0, 80), target)
    const owner = name('Head.svc.')
    const srv = { name: owner, type: 33, class: 1, ttl: 5, data }
    const glue = { name: target, type: 1, class: 1, ttl: 5, data: Uint8Array.of(10, 0, 0, 1) }
    const questions = [{ name: owner, type: 33, class: 1 }]
    const sample = {
      id: 1,
      flags: 0x8400,
      questions,
      answers: [srv, srv],
      authorities: [],
      additionals: [glue],
    }
    const wire = encodeMessage(sample, 65535)
    expect(wire.length).toBe(12 + owner.length + 4 + 2 * (12 + data.length) + 16)
    expect(messageText(decodeByClient(wire)).split('\n').slice(2)).toEqual([
      'answer Head.svc. 5 IN SRV 0 1 80 web-0.c1.head.svc.',
      'answer Head.svc. 5 IN SRV 0 1 80 web-0.c1.head.svc.',
      'additional web-0.c1.head.svc. 5 IN A 10.0.0.1',
    ])
  })
})

describe('decoding of invalid input', () => {
  const check = (bytes: Uint8Array) => {
    const decoded = decodeMessage(bytes)
    if (decoded === undefined) return
    for (const { name: owner } of [...decoded.questions, ...decoded.answers]) {
      expect(owner.length).toBeLessThanOrEqual(255)
      expect(owner.at(-1)).toBe(0)
    }
  }

  test('terminates on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), { numRuns: 2000 })
  })

  test('terminates on random bytes with many compression pointers', () => {
    const byte = fc.oneof(fc.constantFrom(0, 1, 0xc0, 0xc1, 12, 13, 20), fc.nat(255))
    const bytes = fc
      .array(byte, { maxLength: 200 })
      .map((list) => Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 9, 0, 9, 0, 9, ...list]))
    fc.assert(fc.property(bytes, check), { numRuns: 3000 })
  })

  test('terminates on messages that are changed or truncated', () => {
    fc.assert(
      fc.property(message, fc.nat(2000), fc.nat(255), (sample, at, value) => {
        const wire = encodeMessage(sample, 65535)
        wire[at % wire.length] = value
        check(wire)
        check(wire.subarray(0, at % wire.length))
      }),
      { numRuns: 1000 },
    )
  })

  test.each<[string, number[]]>([
    ['a pointer to itself', [0xc0, 12, 0, 1, 0, 1]],
    ['a pointer into the header', [0xc0, 4, 0, 1, 0, 1]],
    ['a pointer forward', [0xc0, 14, 0, 0, 1, 0, 1]],
    ['two pointers to each other', [1, 97, 0xc0, 16, 0xc0, 12, 0, 1, 0, 1]],
    ['a label of a reserved type', [0x40, 0, 0, 1, 0, 1]],
    ['a truncated name', [3, 97, 98]],
    ['a truncated pointer', [0xc0]],
    ['a question without a class', [0, 0, 1]],
  ])('rejects %s', (_, question) => {
    expect(decodeMessage(Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...question))).toBe(
      undefined,
    )
  })

  test.each([
    [126, true],
    [127, false],
  ])('follows %d pointers of a name: %s', (pointers, isValid) => {
    // A question for the root, and a TXT record with a chain of pointers, each of which is also a name.
    const chain = Array.from({ length: pointers - 1 }, (_, i) => {
      const target = i === 0 ? 12 : 28 + 2 * (i - 1)
      return [0xc0 | (target >> 8), target & 0xff]
    }).flat()
    const start = [0, 1, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    const txt = [0, 0, 16, 0, 1, 0, 0, 0, 0, chain.length >> 8, chain.length & 0xff]
    const last = 28 + chain.length - 2
    const owner = [0xc0 | (last >> 8), last & 0xff, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]
    const decoded = decodeMessage(Uint8Array.of(...start, ...txt, ...chain, ...owner))
    expect(decoded?.answers.length).toBe(isValid ? 2 : undefined)
  })

  test('terminates on the largest number of names in 64 KiB', () => {
    const wire = new Uint8Array(65535)
    wire.set([0, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0])
    expect(decodeMessage(wire)).toBeUndefined()
    wire.set([0x33, 0x31], 4)
    expect(decodeMessage(wire)).toBeUndefined()
    wire.set([0x33, 0x30], 4)
    expect(decodeMessage(wire)?.questions.length).toBe(0x3330)
  })
})

describe('compressed names in the data of records are expanded', () => {
  const POINTER = [0xc0, 12]
  const BARE = [1, 0x61, 0]

  test.each([
    ['MD', 3, [], 1],
    ['MINFO', 14, [], 2],
    ['RP', 17, [], 2],
    ['AFSDB', 18, [0, 1], 1],
    ['RT', 21, [0, 1], 1],
    ['PX', 26, [0, 1], 2],
    ['NAPTR', 35, [0, 1, 0, 2, 1, 83, 0, 2, 33, 33], 1],
    ['KX', 36, [0, 1], 1],
  ])('%s', (_type, type, before, names) => {
    const data = [...before, ...Array.from({ length: names }, () => POINTER).flat()]
    const head = [0, 7, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0]
    const record = [...POINTER, 0, type, 0, 1, 0, 0, 0, 5, 0, data.length, ...data]
    const wire = Uint8Array.from([...head, ...BARE, 0, type, 0, 1, ...record])
    const expanded = [...before, ...Array.from({ length: names }, () => BARE).flat()]
    expect(decodeMessage(wire)!.answers[0]!.data).toEqual(Uint8Array.from(expanded))
  })
})
