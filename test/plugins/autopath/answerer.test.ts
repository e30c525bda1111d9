// `autopath` on the packet path: which questions the chain gets.
import { describe, expect, test } from 'vitest'
import { Exchange } from '../../../src/dns/exchange.ts'
import { AutopathAnswerer } from '../../../src/plugins/autopath/answerer.ts'
import { SearchPath } from '../../../src/plugins/autopath/search-path.ts'
import { ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../../../src/plugins/runtime.ts'
import { encodeQuery } from '../../support/dns-encode.ts'

const path = new SearchPath({
  plugin: 'autopath',
  zones: ['org.', 'example.net.'],
  search: ['example.org.', 'example.com.'],
})

/** The result for a name, when the answerers behind have this rcode, or result. */
function answer(name: string, found: { rcode: number } | { result: number }) {
  let asked = 0
  const behind = [
    { answer: () => NEXT },
    {
      answer(exchange: Exchange) {
        asked++
        return 'rcode' in found ? exchange.bare(found.rcode) : found.result
      },
    },
  ]
  const query = encodeQuery({ name, type: 'A' })
  const exchange = new Exchange()
  exchange.request.parse(query, 0, query.length)
  exchange.place(query, 0, query.length, new Uint8Array(1024), 100)
  exchange.limit = 512
  const result = new AutopathAnswerer(path, behind).answer(exchange)
  return { result: result > 0 ? 'reply' : result, asked }
}

describe('below the first domain', () => {
  test.each([
    ['a reply with records or without', { rcode: 0 }, 'reply'],
    ['SERVFAIL', { rcode: 2 }, 'reply'],
    ['NXDOMAIN', { rcode: 3 }, ASK_CHAIN],
    ['a question for the upstream thread', { result: ASK_UPSTREAM }, ASK_CHAIN],
    ['a question for the chain', { result: ASK_CHAIN }, ASK_CHAIN],
    ['no answer', { result: NEXT }, ASK_CHAIN],
    ['a question that is dropped', { result: DROP }, DROP],
  ])('%s', (_what, found, result) => {
    expect(answer('a.Example.org', found)).toEqual({ result, asked: 1 })
  })
})

describe.each(['a.example.com', 'example.org', 'a.example.net', 'badexample.org', '.'])(
  'for %s',
  (name) => {
    test.each([
      ['NXDOMAIN is the answer', { rcode: 3 }, 'reply'],
      ['the upstream thread is asked', { result: ASK_UPSTREAM }, ASK_UPSTREAM],
      ['the chain is asked when nobody answers', { result: NEXT }, ASK_CHAIN],
    ])('%s', (_what, found, result) => {
      expect(answer(name, found)).toEqual({ result, asked: 1 })
    })
  },
)

test('without a search domain nothing changes', () => {
  const none = new SearchPath({ plugin: 'autopath', zones: ['.'], search: [] })
  const exchange = new Exchange()
  const query = encodeQuery({ name: 'a.example.org', type: 'A' })
  exchange.request.parse(query, 0, query.length)
  expect(none.mayApply(exchange.request)).toBe(false)
})
