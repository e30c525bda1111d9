// What the upstream thread asks for a block, and what it does with the replies.
import { expect, test } from 'vitest'
import { FLAG_AD } from '../../../src/dns/codes.ts'
import { Exchange } from '../../../src/dns/exchange.ts'
import type { UpstreamHost } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { UpstreamPath } from '../../../src/server/path/upstream-path.ts'
import { encodeQuery } from '../../support/dns-encode.ts'

test.each([
  ['no tap', [], false, 0],
  ['a tap that changes replies', [{}], false, 0],
  ['a tap that keeps replies for other clients', [{}, { keepsReplies: true }], true, FLAG_AD],
])('%s: AD is asked for if a reply is for several clients', (_, taps, keepsReplies, flags) => {
  const group = { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] }
  const links = taps.map((tap) => ({ tap: { tap() {}, ...tap } }))
  const path = new UpstreamPath(group, [linkBlock(links, {}, 'x')], {} as UpstreamHost)
  const query = encodeQuery({ name: 'example.org', type: 'A' })
  const output = new Uint8Array(65_535)
  const block = path.open(new Exchange(), query, 0, query.length, output, 0)
  expect(block).toMatchObject({ keepsReplies, queryFlags: flags })
})
