// `loadbalance` beside other plugins: which replies a packet thread puts in order, and which the chain.
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../src/dns/message.ts'
import { parseNetwork } from '../../../src/dns/network.ts'
import { type Answer, emptyReply, NO_REPLY, type Query } from '../../../src/plugins/chain.ts'
import type { LoadbalanceConfig } from '../../../src/plugins/loadbalance/options.ts'
import { loadbalanceRuntime } from '../../../src/plugins/loadbalance/runtime.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { decodeMessage } from '../../support/dns-decode.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { record, wire } from './records.ts'

const PREFER: LoadbalanceConfig = {
  plugin: 'loadbalance',
  weighted: undefined,
  prefer: [parseNetwork('10.0.0.7/32')!],
}
const ANSWERS = Array.from({ length: 60 }, (_, i) => record(`a.org 60 A 10.0.0.${60 - i}`))
const reply = (count: number) => ({ ...emptyReply(0), answers: ANSWERS.slice(-count) })

interface Behind {
  readonly answerer?: Answerer
  readonly answer?: (query: Query) => Answer
}

function pathWith({ answerer, answer = () => emptyReply(2) }: Behind) {
  const link = loadbalanceRuntime(PREFER, runtimeContext({ shared: {} }))
  const path = createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
    blocks: [
      linkBlock(
        [
          link,
          {
            ...(answerer && { answerer }),
            handler: { name: 'next', handle: async (query) => answer(query) },
          },
        ],
        {},
        'next',
      ),
    ],
    tables: new Map(),
    protocol: 'udp',
    onError: () => {},
    recover: (error) => {
      throw error
    },
  })
  const query = encodeQuery({ name: 'a.org', type: 'A' })
  const output = new Uint8Array(65_535)
  return {
    packet: () => path.answer(query, 0, query.length, output, 0, output.length),
    output,
    async chain() {
      const address = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '', localPort: 53 }
      const resolved = await path.resolve(query, { protocol: 'udp', ...address })
      return resolved.reply && decodeMessage(resolved.reply)
    },
  }
}

/** An answerer that writes the last addresses in falling order. */
const writing = (count: number): Answerer => ({
  answer(exchange) {
    const { request, output } = exchange
    const bytes = encodeMessage(
      {
        id: request.id,
        flags: 0x8000,
        questions: [{ name: wire('a.org'), type: 1, class: 1 }],
        ...reply(count),
      },
      exchange.limit,
    )
    output.set(bytes)
    return bytes.length
  },
})

describe('a packet thread', () => {
  test('puts the preferred address of a reply first', () => {
    const { packet, output } = pathWith({ answerer: writing(20) })
    expect(decodeMessage(output.slice(0, packet())).answers[0]!.data).toBe('10.0.0.7')
  })

  test.each([
    ['a truncated reply', writing(60), ASK_CHAIN],
    ['what the upstream thread would answer', { answer: () => ASK_UPSTREAM }, ASK_CHAIN],
    ['what nobody answers', { answer: () => NEXT }, ASK_CHAIN],
    ['what the chain must answer', { answer: () => ASK_CHAIN }, ASK_CHAIN],
    ['a query that gets no reply', { answer: () => DROP }, DROP],
  ])('passes on %s', (_, answerer, result) => {
    expect(pathWith({ answerer }).packet()).toBe(result)
  })
})

describe('the chain', () => {
  const asWire = (query: Query, count: number): Answer => ({
    wire: encodeMessage(
      {
        id: 7,
        flags: 0x8180,
        questions: [{ name: wire('a.org'), type: query.request.type, class: 1 }],
        ...reply(count),
      },
      query.limit,
    ),
  })

  test.each([
    ['records', () => reply(20)],
    ['the bytes of an upstream', (query: Query) => asWire(query, 20)],
  ])('puts the preferred address first: %s', async (_, answer) => {
    const message = await pathWith({ answer }).chain()
    expect(message!.answers).toHaveLength(20)
    expect(message!.answers[0]!.data).toBe('10.0.0.7')
  })

  test.each([
    ['records', () => reply(60)],
    ['the bytes of an upstream', (query: Query) => asWire(query, 60)],
  ])('leaves out what does not fit when all are in order: %s', async (_, answer) => {
    const message = await pathWith({ answer }).chain()
    expect(message!.flags.tc).toBe(true)
    expect(message!.answers[0]!.data).toBe('10.0.0.7')
  })

  test('leaves errors as they are, and sends nothing where there is no reply', async () => {
    expect((await pathWith({ answer: () => emptyReply(5) }).chain())!.rcode).toBe('REFUSED')
    expect(await pathWith({ answer: () => NO_REPLY }).chain()).toBeUndefined()
  })
})
