// NSID in replies of packet threads and of the chain. The vectors of coredns plugin/nsid/nsid_test.go are the first ones.
import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { decodeMessage, encodeMessage } from '../../../src/dns/message.ts'
import { type Answer, emptyReply, type Query } from '../../../src/plugins/chain.ts'
import { nsidRuntime } from '../../../src/plugins/nsid/runtime.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../../../src/plugins/runtime.ts'
import { whoamiHandler } from '../../../src/plugins/whoami/runtime.ts'
import { askChain, askPacketPath } from '../../support/ask-link.ts'
import { configOf } from '../../support/config.ts'
import type { Edns } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { replyTo } from '../cache/upstream-reply.ts'

const link = nsidRuntime({ plugin: 'nsid', data: 'NSID' }, runtimeContext())

const option = (code: number, text: string) => ({ code, data: Buffer.from(text) })
const EMPTY = option(3, '')
const OURS = option(3, 'NSID')
const asked = (edns?: Edns) => ({ name: 'Example.org', type: 'A', edns })

/** A table that answers with an empty reply. */
const table: Answerer = { answer: (exchange) => exchange.bare(0) }
const optionsOf = (reply: { readonly opt: { readonly options: readonly unknown[] } | undefined }) =>
  reply.opt?.options.map((one) => {
    const { code, data } = one as { readonly code: number; readonly data: Uint8Array }
    return option(code, Buffer.from(data).toString('latin1'))
  })

describe('a reply has the option', () => {
  const whoami = (query: Query) => whoamiHandler.handle(query, async () => emptyReply(2))
  const onPacketPath = (edns: Edns) => {
    const reply = askPacketPath(link, asked(edns), [table])
    if (typeof reply === 'number') throw new Error(`the result is ${reply}`)
    return reply
  }

  test.each([
    ['if the query has it', [EMPTY], [OURS]],
    ['once', [EMPTY, EMPTY], [OURS]],
    ['whatever the query says in it', [option(3, 'theirs')], [OURS]],
    ['instead of what else a reply repeats', [option(10, '12345678'), EMPTY], [OURS]],
    ['not if the query has another option', [option(10, '12345678')], [option(10, '12345678')]],
    ['not if the query has none', [], []],
  ])('%s', async (_, options, expected) => {
    const edns = { size: 4096, do: true, options }
    const packet = onPacketPath(edns)
    expect(optionsOf(packet)).toEqual(expected)
    expect(packet.opt).toMatchObject({ size: 4096, do: true })
    const chain = await askChain(link, asked(edns), whoami)
    expect(optionsOf(chain)).toEqual(expected)
    expect(chain.additional).toHaveLength(2)
  })

  test('not if the query has no OPT', async () => {
    expect((await askChain(link, asked(), whoami)).opt).toBeUndefined()
  })

  test('beside an Extended DNS Error', async () => {
    const failing: Answerer = {
      answer(exchange) {
        exchange.begin(2)
        return exchange.finishWithError(14)
      },
    }
    const edns = { options: [EMPTY] }
    const error = option(15, '\0\x0e')
    expect(askPacketPath(link, asked(edns), [failing])).toMatchObject({ rcode: 'SERVFAIL' })
    expect(optionsOf(askPacketPath(link, asked(edns), [failing]) as never)).toEqual([OURS, error])
    const chain = await askChain(link, asked(edns), async () => ({
      ...emptyReply(2),
      extendedError: 14,
    }))
    expect(optionsOf(chain)).toEqual([OURS, error])
  })

  test.each([
    ['a message of an upstream with its own', { opt: {} }],
    ['a message of an upstream without OPT', {}],
    ['a message of an upstream with OPT before another record', { opt: { isFirst: true } }],
  ])('in place of that of %s', async (_, opt) => {
    const spec = { answers: ['example.org. 5 A 10.0.0.1'], additionals: ['a.b. 5 A 10.0.0.2'] }
    const reply = await askChain(link, asked({ options: [EMPTY] }), async ({ wire }) => ({
      wire: replyTo(wire, { ...spec, ...opt }),
    }))
    expect(optionsOf(reply)).toEqual([OURS])
    expect(reply.counts).toEqual([1, 1, 0, 2])
  })

  test('beside other options of an upstream', async () => {
    const other = Uint8Array.of(0, 99, 0, 1, 65)
    const withOther = async ({ wire }: Query): Promise<Answer> => {
      const message = decodeMessage(replyTo(wire, { opt: {} }))!
      return { wire: encodeMessage({ ...message, opt: { ...message.opt!, options: other } }, 512) }
    }
    const reply = await askChain(link, asked({ options: [EMPTY] }), withOther)
    expect(optionsOf(reply)).toEqual([option(99, 'A'), OURS])
  })
})

describe('a query with the option', () => {
  const edns = { options: [EMPTY] }

  test.each([
    ['that no answerer takes goes to the chain', NEXT, ASK_CHAIN],
    ['for an upstream goes to the chain', ASK_UPSTREAM, ASK_CHAIN],
    ['for the chain goes there', ASK_CHAIN, ASK_CHAIN],
    ['that is dropped gets no reply', DROP, DROP],
  ])('%s', (_, given, expected) => {
    let asks = 0
    const behind: Answerer = {
      answer() {
        asks++
        return given
      },
    }
    expect(askPacketPath(link, asked(edns), [behind])).toBe(expected)
    expect(asks).toBe(1)
  })

  test('whose reply has no room for it goes to the chain, which has it without records', async () => {
    const long = nsidRuntime({ plugin: 'nsid', data: 'x'.repeat(450) }, runtimeContext())
    expect(askPacketPath(long, asked(edns), [table], 512)).toBe(ASK_CHAIN)
  })
})

describe('the directive', () => {
  const setUp = (lines: string) => configOf(`. {\n ${lines}\n}\n`).blocks[0]!.directives[0]

  test.each([
    ['nsid', hostname()],
    ['nsid "ps0"', 'ps0'],
    ['nsid worker1', 'worker1'],
    ['nsid "tf 2"', 'tf 2'],
    ['nsid a b  c', 'a b c'],
  ])('%s', (line, data) => {
    expect(setUp(line)).toEqual({ plugin: 'nsid', data })
  })
})
