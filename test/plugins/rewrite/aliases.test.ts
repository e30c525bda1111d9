// Aliases on the packet path: which queries they answer, and that the chain has the same answers.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { setU16 } from '../../../src/dns/bytes.ts'
import type { Exchange } from '../../../src/dns/exchange.ts'
import { decodeMessage, encodeMessage, type RR } from '../../../src/dns/message.ts'
import { nameToText } from '../../../src/dns/name.ts'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import type { Request } from '../../../src/dns/request.ts'
import { writeWireReplyWithOpt } from '../../../src/dns/wire-reply.ts'
import type { Client } from '../../../src/plugins/chain.ts'
import { parseRule } from '../../../src/plugins/rewrite/parse-rule.ts'
import { rewriteRuntime } from '../../../src/plugins/rewrite/runtime.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { MISS } from '../../../src/server/path/packet-path.ts'
import { decodeMessage as decodeByClient, messageText } from '../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { record, wire } from './rig.ts'

const CLIENT: Client = {
  protocol: 'udp',
  remoteAddress: '192.0.2.7',
  remotePort: 4660,
  localAddress: '::1',
  localPort: 53,
}

interface Sections {
  readonly answers?: readonly RR[]
  readonly authorities?: readonly RR[]
  readonly additionals?: readonly RR[]
  readonly flags?: number
}

/** The message of an upstream to a request. */
function messageTo(request: Request, sections: Sections): Uint8Array {
  const name = request.name.slice(0, request.nameLength)
  const questions = [{ name, type: request.type, class: request.class }]
  const records = { answers: [], authorities: [], additionals: [], ...sections }
  const flags = 0x8400 | (sections.flags ?? 0)
  return encodeMessage({ id: 0, ...records, flags, questions }, 65_535)
}

/** A packet path with these rules before a plugin that answers with `sections`, on the packet path and in the chain. */
function pathWith(
  rules: readonly string[],
  sections: (request: Request) => Sections = () => ({}),
  result?: number,
) {
  const asked: string[] = []
  const answerer: Answerer = {
    answer(exchange: Exchange) {
      const { request } = exchange
      asked.push(nameToText(request.name.subarray(0, request.nameLength)))
      if (result !== undefined) return result
      const message = messageTo(request, sections(request))
      const walk = new ReplyWalk()
      if (!walkReply(message, 0, message.length, walk)) throw new Error('the message is malformed')
      return writeWireReplyWithOpt(exchange, message, 0, walk, walk.flags & 0x068f, 0)
    },
  }
  const handler = {
    name: 'table',
    handle: async ({ request }: { readonly request: Request }) => ({
      wire: messageTo(request, sections(request)),
    }),
  }
  const parsed = rules.map((line) => parseRule(line.split(' ')))
  const rewrite = rewriteRuntime({ plugin: 'rewrite', rules: parsed }, runtimeContext())
  const path = createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
    blocks: [linkBlock([rewrite, { answerer, handler }], {}, 'table')],
    tables: new Map(),
    protocol: 'udp',
    onError: () => {},
    recover: (error) => {
      throw error
    },
  })
  const output = new Uint8Array(65_535)
  return {
    asked,
    /** The reply of the packet path, or its result without one. */
    answer(spec: QuerySpec, limit = output.length): Uint8Array | number {
      const bytes = encodeQuery(spec)
      output.fill(0xee)
      const length = path.answer(bytes, 0, bytes.length, output, 0, limit)
      return length > 0 ? output.slice(0, length) : length
    },
    async resolve(spec: QuerySpec): Promise<Uint8Array> {
      return (await path.resolve(encodeQuery(spec), CLIENT)).reply!
    },
  }
}

const a = (name: string) => record(`${name} 5 A 10.0.0.1`)
const EXACT = 'name auth.example.com web.ns.svc.cluster.local'

describe('on the packet path', () => {
  const result = (rules: readonly string[], name: string, type = 'A') => {
    const path = pathWith(rules, ({ name: asked, nameLength }) => ({
      answers: [{ ...a('x.'), name: asked.slice(0, nameLength) }],
    }))
    const reply = path.answer({ name, type })
    return reply === MISS ? 'chain' : path.asked.join()
  }

  test.each([
    ['an exact rule', [EXACT], 'auth.example.com', 'web.ns.svc.cluster.local.'],
    ['an exact rule in any case', [EXACT], 'AUTH.example.COM', 'web.ns.svc.cluster.local.'],
    ['no rule', [EXACT], 'other.example.com', 'other.example.com.'],
    ['a name of the same length', [EXACT], 'autz.example.com', 'autz.example.com.'],
    ['a name below an exact rule', [EXACT], 'a.auth.example.com', 'a.auth.example.com.'],
    ['whole labels', ['name suffix .a.org .b.c.org'], 'x.y.a.org', 'x.y.b.c.org.'],
    ['the suffix itself', ['name suffix .a.org .b.org'], 'a.org', 'a.org.'],
    ['the end of a label', ['name suffix corp.org b.net'], 'mycorp.org', 'myb.net.'],
    ['a whole label', ['name suffix corp.org b.net'], 'corp.org', 'b.net.'],
    ['a label that ends', ['name suffix .a.org x.org'], 'b.a.org', 'bx.org.'],
    ['the root', ['name suffix . .a.org'], 'x', 'x.a.org.'],
    [
      'the first of two rules',
      ['name suffix .a.org .b.org', 'name x.a.org y.org'],
      'x.a.org',
      'x.b.org.',
    ],
    [
      'the first of two rules',
      ['name x.a.org y.org', 'name suffix .a.org .b.org'],
      'x.a.org',
      'y.org.',
    ],
    [
      'a rule for another class',
      ['class CH IN', EXACT],
      'auth.example.com',
      'web.ns.svc.cluster.local.',
    ],
    [
      'a rule for another type',
      ['type ANY HINFO', EXACT],
      'auth.example.com',
      'web.ns.svc.cluster.local.',
    ],
    [
      'a TTL of another name',
      ['ttl a.org 5', EXACT],
      'auth.example.com',
      'web.ns.svc.cluster.local.',
    ],
    [
      'an alias before a pattern',
      [EXACT, 'name regex a b'],
      'auth.example.com',
      'web.ns.svc.cluster.local.',
    ],
  ])('%s: %j', (_what, rules, name, asked) => {
    expect(result(rules, name)).toBe(asked)
  })

  test.each([
    ['a pattern', ['name regex a b'], 'x'],
    ['a pattern behind an alias', [EXACT, 'name regex a b'], 'x'],
    ['continue', [`continue ${EXACT}`], 'auth.example.com'],
    ['explicit answer rules', ['name suffix .a.org .b.org answer value x y'], 'x.a.org'],
    ['a TTL', ['ttl a.org 5'], 'a.org'],
    ['an rcode', ['rcode suffix .a.org 3 0'], 'x.a.org'],
    ['EDNS options', ['edns0 nsid set'], 'x'],
    ['cname', ['cname a b'], 'x'],
    [
      'an invalid new name',
      [`name suffix .a.org .${'b'.repeat(60)}.${'c.'.repeat(90)}`],
      `${'x.'.repeat(20)}a.org`,
    ],
    ['a label that vanishes', ['name suffix corp.org .org'], 'x.corp.org'],
    ['the root', ['name suffix . .a.org'], '.'],
    ['a dot within a label', ['name suffix .a.org .b.org'], 'x\\.a.org'],
  ])('%s goes to the chain', (_what, rules, name) => {
    expect(result(rules, name)).toBe('chain')
  })

  test('a type goes to the chain', () => {
    expect(result(['type ANY HINFO'], 'x', 'ANY')).toBe('chain')
    expect(result(['type ANY HINFO'], 'x')).toBe('x.')
  })

  test.each([
    ['NEXT', NEXT, MISS],
    ['ASK_UPSTREAM', ASK_UPSTREAM, MISS],
    ['ASK_CHAIN', ASK_CHAIN, MISS],
    ['DROP', DROP, DROP],
  ])('%s of the plugins behind', (_name, given, expected) => {
    expect(
      pathWith([EXACT], undefined, given).answer({ name: 'auth.example.com', type: 'A' }),
    ).toBe(expected)
  })
})

test('the reply has the client id, question in its case, flags and OPT', () => {
  const path = pathWith([EXACT], () => ({ answers: [a('web.ns.svc.cluster.local.')] }))
  const spec = { name: 'AUTH.example.com', type: 'A', id: 77, edns: { size: 1400, do: true } }
  const reply = decodeByClient(path.answer(spec) as Uint8Array)
  expect(reply).toMatchObject({ id: 77, questions: [{ name: 'AUTH.example.com.' }] })
  expect(reply.flags).toMatchObject({ aa: true, rd: true })
  expect(reply.opt).toMatchObject({ size: 1400 })
  expect(reply.answers[0]!.name).toBe('AUTH.example.com.')
})

test('a reply whose names become longer than it has room for goes to the chain', () => {
  const long = `${'x'.repeat(60)}.`.repeat(3)
  const path = pathWith([`name ${long} web.b.`], () => ({
    answers: [1, 2, 3].map((i) => record(`web.b. 5 SRV h${i}.web.b.`)),
  }))
  expect(path.answer({ name: long, type: 'SRV' })).toBe(MISS)
})

test('a reply may have as many records as fit behind the asked name', () => {
  const long = `${'x'.repeat(60)}.`.repeat(3)
  const path = pathWith([`name a.b ${long}`], () => ({
    answers: Array.from({ length: 30 }, () => a(long)),
  }))
  const { answers, flags } = decodeByClient(path.answer({ name: 'a.b', type: 'A' }) as Uint8Array)
  expect([answers.length, flags.tc]).toEqual([30, false])
})

test('a truncated reply is truncated to the size of the client, whatever the lengths of the names', () => {
  const answers = Array.from({ length: 60 }, () => a('web.ns.svc.cluster.local.'))
  const name = `${'x'.repeat(50)}.${'y'.repeat(50)}.example.com`
  const path = pathWith([`name ${name} web.ns.svc.cluster.local`], () => ({ answers }))
  const reply = path.answer({ name, type: 'A' }) as Uint8Array
  expect(reply.length).toBeLessThanOrEqual(512)
  const { flags, answers: sent } = decodeByClient(reply)
  expect(flags.tc).toBe(true)
  expect(sent.length).toBeGreaterThan(15)
})

const label = fc.constantFrom('a', 'b', 'svc', 'corp', 'mycorp', '_http', 'x'.repeat(63))
/** The longest name has 254 characters. */
const dotted = (min: number, max: number) =>
  fc
    .array(label, { minLength: min, maxLength: max })
    .map((labels) => `${labels.join('.')}.`)
    .filter((name) => name.length <= 254)
const suffix = fc
  .tuple(fc.constantFrom('', 'corp', 'svc', 'a'), dotted(0, 2))
  .map(([first, rest]) => `${first}.${rest === '.' ? '' : rest}`)
const rule = fc.oneof(
  fc.tuple(dotted(1, 3), dotted(1, 3)).map(([from, to]) => `name exact ${from} ${to}`),
  fc
    .tuple(suffix, suffix, fc.boolean())
    .map(([from, to, auto]) => `name suffix ${from} ${to}${auto ? ' answer auto' : ''}`),
  fc.tuple(dotted(1, 2)).map(([name]) => `ttl suffix ${name} 7`),
)
/** RDATA with names, and without. */
const typed = fc.oneof(
  fc.constant('A 10.0.0.1'),
  fc
    .tuple(fc.constantFrom('CNAME', 'NS', 'MX', 'SRV', 'DNAME', 'NAPTR'), dotted(1, 4))
    .map(([type, name]) => `${type} ${name}`),
  fc.tuple(dotted(1, 3), dotted(1, 3)).map(([server, box]) => `SOA ${server} ${box}`),
)
/** "" stands for the asked name before the name of a record. */
const owner = fc.tuple(fc.boolean(), fc.option(dotted(1, 3)))
const section = fc.array(fc.tuple(owner, typed), { maxLength: 4 })

test('property: the packet path replies as the chain does, and never writes behind its limit', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(rule, { minLength: 1, maxLength: 3 }),
      dotted(1, 4),
      fc.record({ answers: section, authorities: section, additionals: section }),
      fc.constantFrom(0, 2, 3),
      fc.constantFrom(undefined, 1232, 4096),
      async (rules, name, sections, flags, size) => {
        const records = (list: typeof sections.answers, request: Request) =>
          list.flatMap(([[below, other], data]) => {
            const asked = nameToText(request.name.subarray(0, request.nameLength))
            const text = other === null ? asked : below ? other + asked.replace(/^\.$/, '') : other
            const bytes = wire(text)
            return bytes === undefined ? [] : [{ ...record(`a. 5 ${data}`), name: bytes }]
          })
        const path = pathWith(rules, (request) => ({
          answers: records(sections.answers, request),
          authorities: records(sections.authorities, request),
          additionals: records(sections.additionals, request),
          flags,
        }))
        const spec = { name, type: 'A', id: 5, ...(size === undefined ? {} : { edns: { size } }) }
        const reply = path.answer(spec)
        if (reply === MISS) return
        const expected = decodeByClient(await path.resolve(spec))
        const actual = decodeByClient(reply as Uint8Array)
        expect((reply as Uint8Array).length).toBeLessThanOrEqual(size ?? 512)
        if (actual.flags.tc || expected.flags.tc) return
        compared++
        expect(messageText(actual).toLowerCase()).toBe(messageText(expected).toLowerCase())
      },
    ),
    { numRuns: 600 },
  )
  expect(compared).toBeGreaterThan(100)
})

test('property: any bytes as the reply of the plugins behind never throw, and a reply is whole', () => {
  fc.assert(
    fc.property(
      section,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      (list, changes) => {
        const answers = list.map(([[, other], data]) =>
          record(`${other ?? 'web.ns.svc.cluster.local.'} 5 ${data}`),
        )
        const harmful: Answerer = {
          answer(exchange) {
            const bytes = messageTo(exchange.request, { answers })
            for (const [at, value] of changes) bytes[12 + (at % (bytes.length - 12))] = value
            exchange.output.set(bytes, exchange.outOffset)
            return bytes.length
          },
        }
        const rewrite = rewriteRuntime(
          { plugin: 'rewrite', rules: [parseRule(EXACT.split(' '))] },
          runtimeContext(),
        )
        const path = createPacketPath({
          group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
          blocks: [linkBlock([rewrite, { answerer: harmful }], {}, 'table')],
          tables: new Map(),
          protocol: 'udp',
          onError: () => {},
          recover: () => {},
        })
        const query = encodeQuery({ name: 'auth.example.com', type: 'A' })
        const output = new Uint8Array(2000)
        const length = path.answer(query, 0, query.length, output, 0, 512)
        expect(length).toBeLessThanOrEqual(512)
        if (length > 0) expect(decodeMessage(output.slice(0, length))).toBeDefined()
        expect(output.subarray(Math.max(length, 512)).every((byte) => byte === 0)).toBe(true)
      },
    ),
    { numRuns: 2000 },
  )
})

test('the header of the asked query goes on: its flags, and its options in OPT', () => {
  const seen: number[] = []
  const answerer: Answerer = {
    answer({ request, input }) {
      seen.push(request.flags, request.optSize, request.optFlags)
      seen.push(...input.subarray(request.optionsStart, request.optionsEnd))
      return DROP
    },
  }
  const rules = [parseRule(EXACT.split(' '))]
  const link = rewriteRuntime({ plugin: 'rewrite', rules }, runtimeContext())
  const block = linkBlock([link, { answerer }], {}, 'table')
  const path = createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
    blocks: [block],
    tables: new Map(),
    protocol: 'udp',
    onError: () => {},
    recover: () => {},
  })
  const edns = { size: 1400, do: true, options: [{ code: 10, data: Uint8Array.of(1, 2) }] }
  const query = encodeQuery({
    name: 'auth.example.com',
    type: 'A',
    flags: { cd: true, rd: false },
    edns,
  })
  setU16(query, 0, 1)
  path.answer(query, 0, query.length, new Uint8Array(600), 0, 600)
  expect(seen).toEqual([0x10, 1400, 0x8000, 0, 10, 0, 2, 1, 2])
})
