// Header flags of queries and replies. The vectors are those of coredns plugin/header/header_test.go, on the packet path and
// in the chain.
import { describe, expect, test } from 'vitest'
import { u16 } from '../../../src/dns/bytes.ts'
import type { Answer, Query } from '../../../src/plugins/chain.ts'
import { headerRuntime } from '../../../src/plugins/header/runtime.ts'
import type { HeaderConfig } from '../../../src/plugins/header/setup.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../../../src/plugins/runtime.ts'
import { askChain, askPacketPath } from '../../support/ask-link.ts'
import { configOf } from '../../support/config.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { replyTo } from '../cache/upstream-reply.ts'

const AA = 0x0400
const RD = 0x0100
const RA = 0x0080

const configFor = (...rules: readonly string[]) => {
  const text = `. {\n header {\n  ${rules.join('\n  ')}\n }\n}\n`
  return configOf(text).blocks[0]!.directives[0] as HeaderConfig
}
const linkFor = (...rules: readonly string[]) =>
  headerRuntime(configFor(...rules), runtimeContext())

const asked = (rd: boolean) => ({ name: 'example.org', type: 'A', flags: { rd } })
const SPEC = { answers: ['example.org. 5 A 10.0.0.1'] }

/** Each kind of next plugin, whose reply has AA, and the flags of the reply to a client. */
const WAYS = [
  [
    'of a table',
    async (rules: readonly string[], rd: boolean) => {
      const table: Answerer = { answer: (exchange) => exchange.bare(AA) }
      const reply = askPacketPath(linkFor(...rules), asked(rd), [table])
      if (typeof reply === 'number') throw new Error(`the result is ${reply}`)
      return reply.flags.text
    },
  ],
  [
    'with records of the chain',
    (rules: readonly string[], rd: boolean) =>
      flagsOf(rules, rd, async () => ({
        rcode: 0,
        authoritative: true,
        answers: [],
        authorities: [],
        additionals: [],
      })),
  ],
  [
    'of an upstream',
    (rules: readonly string[], rd: boolean) =>
      flagsOf(rules, rd, async ({ wire }) => ({
        wire: replyTo(wire, { ...SPEC, flags: { aa: true } }),
      })),
  ],
] as const

async function flagsOf(
  rules: readonly string[],
  rd: boolean,
  next: (query: Query) => Promise<Answer>,
): Promise<string> {
  return (await askChain(linkFor(...rules), asked(rd), next)).flags.text
}

describe.each(WAYS)('a reply %s', (_, flags) => {
  test.each<[rules: readonly string[], rd: boolean, flags: string]>([
    [['response set ra'], true, 'qr aa rd ra'],
    [['response clear ra'], true, 'qr aa rd'],
    [['response set rd'], false, 'qr aa rd'],
    [['response clear rd'], true, 'qr aa'],
    [['response set aa'], true, 'qr aa rd'],
    [['response clear aa'], true, 'qr rd'],
    [['response clear aa rd', 'response set ra'], true, 'qr ra'],
    [['response set ra', 'response clear ra'], true, 'qr aa rd'],
    [['query clear rd'], true, 'qr aa'],
    [['query set rd'], false, 'qr aa rd'],
    [['query set aa ra'], false, 'qr aa'],
    [['query clear rd', 'response set rd'], true, 'qr aa rd'],
  ])('%j to a query with RD %s', async (rules, rd, expected) => {
    expect(await flags(rules, rd)).toBe(expected)
  })
})

describe('the query of the next plugin', () => {
  test.each<[rule: string, rd: boolean, flags: number]>([
    ['query set ra', true, RD | RA],
    ['query set rd', false, RD],
    ['query clear rd', true, 0],
    ['query set aa', true, RD | AA],
    ['response set aa', true, RD],
  ])('%s, RD %s', async (rule, rd, expected) => {
    const seen: number[] = []
    await flagsOf([rule], rd, async ({ request, wire }) => {
      seen.push(request.flags, u16(wire, 2))
      return { wire: replyTo(wire, SPEC) }
    })
    expect(seen).toEqual([expected, expected])
  })
})

test.each([
  ['that no answerer takes goes to the chain', NEXT, ASK_CHAIN],
  ['for an upstream goes to the chain', ASK_UPSTREAM, ASK_CHAIN],
  ['that is dropped gets no reply', DROP, DROP],
])('a query %s, with its own flags', (_, given, expected) => {
  const flags: number[] = []
  const requests: { readonly flags: number }[] = []
  const behind: Answerer = {
    answer({ request }) {
      flags.push(request.flags)
      requests.push(request)
      return given
    },
  }
  expect(askPacketPath(linkFor('query clear rd'), asked(true), [behind])).toBe(expected)
  expect(flags).toEqual([0])
  expect(requests[0]!.flags).toBe(RD)
})

test('the first directive with rules counts, and flags are in any case', () => {
  const text =
    '. {\n header {\n }\n header {\n  Response SET Ra\n }\n header {\n  query set aa\n }\n}\n'
  expect(configOf(text).blocks[0]!.directives).toEqual([
    { plugin: 'header', query: { set: 0, clear: 0 }, response: { set: RA, clear: 0 } },
  ])
})
