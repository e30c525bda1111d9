// Properties of all replies, independently of the zone: header, flags, EDNS, malformed packets, size. The expected
// bytes are those of CoreDNS 1.14.7, except where docs/compatibility.md has a rule.
import { describe, expect, test } from 'vitest'
import { objects, serviceImport, slice } from '../../cases/objects.ts'
import { decodeMessage, messageText } from '../../support/dns-decode.ts'
import { type Edns, encodeName, encodeOpt, encodeQuery } from '../../support/dns-encode.ts'
import { contentOf, createHarness } from '../../support/packet-harness.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    addresses: [`10.9.${i >> 8}.${i & 255}`],
    hostname: `pod-${i}`,
  }))

const content = contentOf([
  ...objects,
  serviceImport('mid', {}),
  slice('mid', '1', many(40), { cluster: 'c1' }),
  serviceImport('huge', {}),
  slice('huge', '1', many(5000), { cluster: 'c1' }),
])
const zoneBlock = 'multicluster clusterset.local {\n manifests /m\n }'
const harness = createHarness({ corefile: `.:53 {\n ${zoneBlock}\n}\n`, content })

const VIP = 'dual.ns1.svc.clusterset.local'
const QUESTION = { id: 0x1234, name: VIP, type: 'A' }
const DO_NSID: Edns = { size: 1232, do: true, options: [option(3)] }
const SOA_ONLY = [1, 0, 1, 0]

function option(code: number, hex = '') {
  return { code, data: Buffer.from(hex, 'hex') }
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'no reply' : Buffer.from(bytes).toString('hex')
}

describe('EDNS', () => {
  const rows: readonly [string, Edns, string][] = [
    ...[0, 100, 511, 512, 513, 1232, 4096, 65535].map((size): [string, Edns, string] => [
      `echoes the size ${size}`,
      { size },
      `size=${size} version=0`,
    ]),
    ['echoes DO', { size: 1232, do: true }, 'size=1232 version=0 do'],
    ['echoes the upper seven bits of Z', { size: 1232, z: 0x7fff }, 'size=1232 version=0 z=7f00'],
    ['does not echo the lower eight bits of Z', { size: 1232, z: 0xff }, 'size=1232 version=0'],
    ...[3, 9, 10, 11, 12].map((code): [string, Edns, string] => [
      `option ${code}, empty`,
      { options: [option(code)] },
      `size=1232 version=0 ${code}=`,
    ]),
    ...[
      [3, '0102030405060708'],
      [9, '01020304'],
      [10, '0102030405060708'],
      [11, '0102'],
      [12, '0102030405060708'],
    ].map(([code, data]): [string, Edns, string] => [
      `option ${code} with data`,
      { options: [option(Number(code), String(data))] },
      `size=1232 version=0 ${code}=${data}`,
    ]),
    ...[5, 8, 13, 14, 15, 16, 35, 42, 43, 65001].map((code): [string, Edns, string] => [
      `not option ${code}`,
      { options: [option(code, '00010000')] },
      'size=1232 version=0',
    ]),
    [
      'several options in their order',
      { options: [option(12, '0000'), option(8, '00000000'), option(3), option(10, '01')] },
      'size=1232 version=0 12=0000 3= 10=01',
    ],
    [
      'an option twice',
      { options: [option(10, '01'), option(10, '02')] },
      'size=1232 version=0 10=01 10=02',
    ],
  ]

  test.each(rows)('%s', async (_, edns, opt) => {
    for (const tcp of [false, true]) {
      const message = await harness.ask({ ...QUESTION, edns }, tcp)
      expect(messageText(message).split('\n').at(-1)).toBe(`opt ${opt}`)
      expect(message.counts).toEqual([1, 1, 0, 1])
      expect(message.answers.map(({ data }) => data)).toEqual(['10.0.0.2'])
    }
  })

  test('is absent in the reply to a request without', async () => {
    expect((await harness.ask(QUESTION)).opt).toBeUndefined()
  })

  test.each([1, 2, 255])('version %d is BADVERS, without options, DO and flags', (version) => {
    const head = '12348100000100000000000104'
    const expected = `${head}6475616c036e7331037376630a636c7573746572736574056c6f63616c000001000100002900000100000000 00`
    for (const tcp of [false, true]) {
      const reply = harness.answer(encodeQuery({ ...QUESTION, edns: { ...DO_NSID, version } }), tcp)
      expect(hex(reply as Uint8Array)).toBe(expected.replace(' ', ''))
    }
  })

  test('BADVERS takes precedence over the zone, but not over the class', async () => {
    const edns = { size: 1232, version: 1 }
    const outside = await harness.ask({ name: 'example.org', type: 'A', edns })
    expect(outside).toMatchObject({ rcode: 'BADVERS', opt: { size: 0 } })
    const chaos = await harness.ask({ name: 'example.org', type: 'A', class: 'CH', edns })
    expect(chaos.rcode).toBe('REFUSED')
  })

  test.each<[string, Edns, string, string, string]>([
    ['NXDOMAIN', DO_NSID, 'missing.ns1.svc.clusterset.local', 'A', 'NXDOMAIN'],
    ['NODATA', DO_NSID, VIP, 'MX', 'NOERROR'],
    ['REFUSED', DO_NSID, VIP, 'AXFR', 'REFUSED'],
    ['SERVFAIL of the chain', DO_NSID, 'example.org', 'A', 'SERVFAIL'],
  ])('%s has OPT too', async (_, edns, name, type, rcode) => {
    const message = await harness.ask({ name, type, edns })
    expect(message.rcode).toBe(rcode)
    expect(messageText(message)).toContain('opt size=1232 version=0 do 3=')
  })
})

describe('header', () => {
  const A = ['NOERROR', [1, 1, 0, 0]] as const
  const rows: readonly [string, Partial<Parameters<typeof encodeQuery>[0]>, string, string][] = [
    ['echoes RD', {}, 'qr aa rd', 'NOERROR'],
    ['no RD', { flags: { rd: false } }, 'qr aa', 'NOERROR'],
    ['echoes CD', { flags: { cd: true } }, 'qr aa rd cd', 'NOERROR'],
    [
      'does not echo AA, TC, RA, Z and AD',
      { flags: { aa: true, tc: true, ra: true, z: true, ad: true } },
      'qr aa rd',
      'NOERROR',
    ],
    ['NXDOMAIN', { name: `x.${VIP}`, flags: { cd: true, ad: true } }, 'qr aa rd cd', 'NXDOMAIN'],
    ['REFUSED', { type: 'AXFR', flags: { rd: false, cd: true, ad: true } }, 'qr cd', 'REFUSED'],
    ['SERVFAIL', { name: 'example.org', flags: { rd: false, cd: true } }, 'qr cd', 'SERVFAIL'],
    ['a notify is answered without RD', { opcode: 4, flags: { aa: true } }, 'qr aa', 'NOERROR'],
    ['a notify is answered', { opcode: 4, name: `x.${VIP}` }, 'qr aa', 'NXDOMAIN'],
    ['a notify that fails', { opcode: 4, name: 'example.org' }, 'qr', 'SERVFAIL'],
    ...['CH', 'HS', 'NONE', 'ANY', 'CLASS7', 'CLASS0'].map(
      (klass): [string, object, string, string] => [
        `class ${klass}`,
        { class: klass, flags: { ad: true, cd: true } },
        'qr rd cd',
        'REFUSED',
      ],
    ),
  ]

  test.each(rows)('%s', async (_, spec, flags, rcode) => {
    const request = { ...QUESTION, ...spec }
    const message = await harness.ask(request)
    expect([message.id, message.rcode, message.flags.text, message.flags.opcode]).toEqual([
      0x1234,
      rcode,
      flags,
      spec.opcode ?? 0,
    ])
    expect(message.counts).toEqual({ NOERROR: A[1], NXDOMAIN: SOA_ONLY }[rcode] ?? [1, 0, 0, 0])
    const klass = spec.class === 'CLASS0' ? 'CLASS0' : (spec.class ?? 'IN')
    expect(message.question).toEqual({
      name: `${request.name}.`,
      type: request.type,
      class: klass,
    })
  })

  test.each([1, 2, 3, 5, 6, 15])('opcode %d is NOTIMP in 12 bytes', (opcode) => {
    const flags = (0x8104 | (opcode << 11)).toString(16)
    for (const tcp of [false, true]) {
      const request = encodeQuery({ ...QUESTION, opcode, edns: DO_NSID })
      expect(hex(harness.answer(request, tcp) as Uint8Array)).toBe(`1234${flags}0000000000000000`)
    }
  })
})

/** A request from the counts in its header and the bytes after it. */
function raw(counts: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array {
  return rawFlags(0x0100, counts, ...parts)
}

function rawFlags(flags: number, counts: readonly number[], ...parts: readonly Uint8Array[]) {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0x1234, 0)
  head.writeUInt16BE(flags, 2)
  counts.forEach((count, i) => {
    head.writeUInt16BE(count, 4 + 2 * i)
  })
  return Buffer.concat([head, ...parts])
}

const IN_A = Uint8Array.of(0, 1, 0, 1)
const question = Buffer.concat([encodeName(VIP), IN_A])
const record = Buffer.from('c00c00010001000000050004 01020304'.replace(' ', ''), 'hex')
const opt = encodeOpt({ size: 1232 })
const FORMERR = '123481010000000000000000'

describe('malformed', () => {
  const label63 = Buffer.concat([Uint8Array.of(63), Buffer.alloc(63, 0x61)])
  const tooLong = Buffer.concat([label63, label63, label63, label63, Uint8Array.of(0), IN_A])
  const rows: readonly [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'no reply'],
    ['11 bytes', raw([1]).subarray(0, 11), 'no reply'],
    ['a reply', rawFlags(0x8100, [1], question), 'no reply'],
    ['a reply in 12 bytes', rawFlags(0x8100, [0]), 'no reply'],
    ['a reply with a bad opcode', rawFlags(0xffff, [1], question), 'no reply'],
    ['only a header', raw([1]), '123481020000000000000000'],
    ['only a header, all flags', rawFlags(0x07ff, [1]), '123481120000000000000000'],
    ['no question', raw([0]), FORMERR],
    ['no question, but bytes of one', raw([0], question), FORMERR],
    ['no question, AD and CD', rawFlags(0x0130, [0]), '123481310000000000000000'],
    ['two questions', rawFlags(0x0130, [2], question, question), '123481310000000000000000'],
    ['two questions in the count', raw([2], question), FORMERR],
    ['two answers', raw([1, 2], question, record, record), FORMERR],
    ['two authorities', raw([1, 0, 2], question, record, record), FORMERR],
    ['three additionals', raw([1, 0, 0, 3], question, opt, record, record), FORMERR],
    ['the largest counts', raw([65535, 65535, 65535, 65535]), FORMERR],
    ['a truncated name', raw([1], question.subarray(0, 9)), FORMERR],
    ['a truncated class', raw([1], question.subarray(0, -1)), FORMERR],
    ['a name of 257 bytes', raw([1], tooLong), FORMERR],
    ['a pointer to itself', raw([1], Uint8Array.of(0xc0, 12), IN_A), FORMERR],
    ['a reserved label type', raw([1], Uint8Array.of(0x40, 0), IN_A), FORMERR],
    // bad-question in docs/compatibility.md.
    ['a missing class', raw([1], question.subarray(0, -2)), FORMERR],
    ['a missing type', raw([1], question.subarray(0, -4)), FORMERR],
    ['a pointer', raw([1], Uint8Array.of(0xc0, 2), IN_A), FORMERR],
  ]

  test.each(rows)('%s', (_, request, expected) => {
    expect(hex(harness.answer(request) as Uint8Array)).toBe(expected)
    expect(hex(harness.answer(request, true) as Uint8Array)).toBe(expected)
    expect(harness.path().zone).toBe(-1)
  })

  const withQuestion = `12348101000100000000000 0${question.toString('hex')}`.replace(' ', '')
  const badOption = Buffer.from('0000290400000000000006000a00080102', 'hex')
  test.each<[string, Uint8Array]>([
    ['an option that runs past OPT', raw([1, 0, 0, 1], question, badOption)],
    ['three bytes of an option', raw([1, 0, 0, 1], question, optOf('000a00'))],
    ['a truncated OPT', raw([1, 0, 0, 1], question, opt.subarray(0, -1))],
    ['two OPTs', raw([1, 0, 0, 2], question, opt, opt)],
    ['a truncated record', raw([1, 1], question, record.subarray(0, -1))],
    ['a truncated owner', raw([1, 1], question, Uint8Array.of(3, 0x61))],
    ['an owner of a reserved label type', raw([1, 1], question, Uint8Array.of(0x80, 0), IN_A)],
  ])('%s is FORMERR with the question', (_, request) => {
    expect(hex(harness.answer(request) as Uint8Array)).toBe(withQuestion)
  })

  const namedOpt = Buffer.concat([encodeName('x'), opt.subarray(1)])
  test.each<[string, Uint8Array, boolean]>([
    ['an answer', raw([1, 1], question, record), false],
    ['an answer in the count only', raw([1, 1], question), false],
    ['an authority', raw([1, 0, 1], question, record), false],
    ['an additional in the count only', raw([1, 0, 0, 1], question), false],
    ['an additional', raw([1, 0, 0, 1], question, record), false],
    ['an additional and OPT', raw([1, 0, 0, 2], question, record, opt), true],
    ['OPT and an additional', raw([1, 0, 0, 2], question, opt, record), true],
    ['an OPT with an owner', raw([1, 0, 0, 1], question, namedOpt), true],
    ['an OPT as answer', raw([1, 1], question, opt), false],
    ['an OPT as authority', raw([1, 0, 1], question, opt), false],
    ['one byte after the message', raw([1], question, Uint8Array.of(1)), false],
    ['twenty bytes after the message', raw([1], question, new Uint8Array(20)), false],
    ['an rcode', rawFlags(0x0105, [1], question), false],
  ])('%s is answered', (_, request, hasOpt) => {
    const message = decodeMessage(harness.answer(request) as Uint8Array)
    expect([message.rcode, message.flags.text, message.answers.length]).toEqual([
      'NOERROR',
      'qr aa rd',
      1,
    ])
    expect(message.opt !== undefined).toBe(hasOpt)
  })

  test.each([['vi\\.p'], ['\\000\\255\\032\\\\'], ['\\195\\156'], ['\\192\\012']])(
    'the label %s is treated like any label',
    async (label) => {
      const message = await harness.ask({ name: `${label}.ns1.svc.clusterset.local`, type: 'A' })
      expect(message.rcode).toBe('NXDOMAIN')
      expect(message.question?.name).toBe(`${label}.ns1.svc.clusterset.local.`)
    },
  )

  test('a name of 255 bytes in the zone', async () => {
    const label = 'a'.repeat(63)
    const name = `${label}.${label}.${label}.${'a'.repeat(44)}.clusterset.local`
    const edns = { size: 512, options: [option(12, '00'.repeat(400))] }
    for (const spec of [
      { name, type: 'A' },
      { name, type: 'A', edns },
    ]) {
      const message = await harness.ask(spec)
      expect([message.rcode, message.flags.tc, message.authority.length]).toEqual([
        'NXDOMAIN',
        false,
        1,
      ])
      expect(message.raw.length).toBeLessThanOrEqual(512)
    }
  })
})

function optOf(rdata: string): Uint8Array {
  const bytes = Buffer.from(`00002904d000000000 0000${rdata}`.replace(' ', ''), 'hex')
  bytes[10] = rdata.length / 2
  return bytes
}

describe('size', () => {
  // Sizes and counts of CoreDNS' compressed replies.
  test.each<[string, string, Edns | undefined, boolean, number, number, number, boolean]>([
    ['mid', 'A', undefined, false, 29, 0, 510, true],
    ['mid', 'A', { size: 100 }, false, 28, 0, 505, true],
    ['mid', 'A', { size: 512 }, false, 28, 0, 505, true],
    ['mid', 'A', { size: 1232 }, false, 40, 0, 697, false],
    ['mid', 'A', { size: 697 }, false, 40, 0, 697, false],
    ['mid', 'A', { size: 696 }, false, 39, 0, 681, true],
    ['mid', 'A', undefined, true, 40, 0, 686, false],
    ['mid', 'SRV', undefined, false, 8, 0, 502, true],
    ['mid', 'SRV', { size: 512 }, false, 7, 0, 456, true],
    ['mid', 'SRV', { size: 1232 }, false, 20, 0, 1207, true],
    ['mid', 'SRV', { size: 2400 }, false, 40, 2, 2399, true],
    ['mid', 'SRV', { size: 2600 }, false, 40, 14, 2591, true],
    ['mid', 'SRV', { size: 4096 }, false, 40, 40, 3007, false],
    ['mid', 'SRV', undefined, true, 40, 40, 2996, false],
    ['huge', 'A', undefined, false, 29, 0, 511, true],
    ['huge', 'A', undefined, true, 4093, 0, 65535, true],
    ['huge', 'A', { size: 1232 }, true, 4092, 0, 65530, true],
    // large-udp-reply in docs/compatibility.md.
    ['huge', 'A', { size: 65535 }, false, 4090, 0, 65498, true],
  ])('%s %s, EDNS %o, TCP %s', async (service, type, edns, tcp, answers, extra, size, cut) => {
    const name = `${service}.ns1.svc.clusterset.local`
    const message = await harness.ask({ name, type, edns }, tcp)
    const { raw, flags } = message
    expect([message.answers.length, message.additional.length, raw.length, flags.tc]).toEqual([
      answers,
      extra,
      size,
      cut,
    ])
    expect(message.opt !== undefined).toBe(edns !== undefined)
  })

  test('a huge SRV set over TCP is truncated to complete records', async () => {
    const message = await harness.ask({ name: 'huge.ns1.svc.clusterset.local', type: 'SRV' }, true)
    expect(message.flags.tc).toBe(true)
    expect(message.additional).toEqual([])
    expect(message.raw.length).toBeGreaterThan(65535 - 70)
    expect(message.trailing).toBe(0)
  })

  test('a truncated answer is the start of the complete one', async () => {
    for (const type of ['A', 'SRV']) {
      const spec = { name: 'mid.ns1.svc.clusterset.local', type }
      const whole = await harness.ask(spec, true)
      const all = [...whole.answers, ...whole.additional].map(({ text }) => text)
      for (let size = 512; size < 3100; size += 37) {
        const message = await harness.ask({ ...spec, edns: { size } })
        const part = [...message.answers, ...message.additional].map(({ text }) => text)
        expect(part).toEqual(all.slice(0, part.length))
        expect(message.flags.tc).toBe(part.length < all.length)
        expect(message.raw.length).toBeLessThanOrEqual(size)
      }
    }
  })

  test('options leave less room for records, and the reply stays within the limit', async () => {
    for (let length = 0; length < 470; length += 9) {
      const edns = { size: 512, options: [option(12, '00'.repeat(length))] }
      for (const [service, type] of [
        ['mid', 'A'],
        ['mid', 'SRV'],
        ['mid', 'MX'],
        ['x', 'A'],
      ]) {
        const name = `${service}.ns1.svc.clusterset.local`
        const message = await harness.ask({ name, type: type!, edns })
        expect(message.raw.length).toBeLessThanOrEqual(512)
        expect(message.opt).toBeDefined()
        expect(message.counts[1] + message.counts[2]).toBeGreaterThan(0)
      }
    }
  })

  test('the limit of the transport applies too', async () => {
    const request = encodeQuery({ name: 'mid.ns1.svc.clusterset.local', type: 'A', edns: {} })
    const message = decodeMessage(harness.answer(request, true, 600) as Uint8Array)
    expect([message.raw.length <= 600, message.flags.tc]).toEqual([true, true])
  })
})
