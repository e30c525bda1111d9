// The vectors are those of coredns plugin/local/local_test.go, with all records.
import { describe, expect, test } from 'vitest'
import { localRuntime } from '../../../src/plugins/local/runtime.ts'
import { NEXT } from '../../../src/plugins/runtime.ts'
import { askChain, askPacketPath } from '../../support/ask-link.ts'
import { replyLines } from '../../support/ask-zone.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

function rig(prefix = true) {
  const counters = new Float64Array(1)
  const link = localRuntime({ plugin: 'local', prefix }, runtimeContext({ counters }))
  return { counters, link }
}

const TTL = '604800 IN'
const SOA = `${TTL} SOA localhost. root.localhost. 1 0 0 0 604800`

describe('the reply to', () => {
  test.each<[name: string, type: string, lines: readonly string[]]>([
    ['localhost.', 'A', ['NOERROR', `localhost. ${TTL} A 127.0.0.1`]],
    ['localHOst.', 'A', ['NOERROR', `localHOst. ${TTL} A 127.0.0.1`]],
    ['localhost.', 'AAAA', ['NOERROR', `localhost. ${TTL} AAAA ::1`]],
    ['localhost.', 'NS', ['NOERROR', `localhost. ${TTL} NS localhost.`]],
    ['localhost.', 'SOA', ['NOERROR', `localhost. ${SOA}`]],
    ['127.in-addr.arpa.', 'A', ['NOERROR', `authority 127.in-addr.arpa. ${SOA}`]],
    ['0.in-addr.arpa.', 'NS', ['NOERROR', `0.in-addr.arpa. ${TTL} NS localhost.`]],
    ['255.in-addr.arpa.', 'SOA', ['NOERROR', `255.in-addr.arpa. ${SOA}`]],
    ['localhost.', 'MX', ['NOERROR', `authority localhost. ${SOA}`]],
    ['a.localhost.', 'A', ['NOERROR', `a.localhost. ${TTL} A 127.0.0.1`]],
    ['a.b.localhost.', 'AAAA', ['NOERROR', `a.b.localhost. ${TTL} AAAA ::1`]],
    ['a.localhost.', 'MX', ['NOERROR', `authority a.localhost. ${SOA}`]],
    ['a.localhost.', 'NS', ['NOERROR', `authority a.localhost. ${SOA}`]],
    ['localhost.example.net.', 'A', ['NOERROR', `localhost.example.net. ${TTL} A 127.0.0.1`]],
    [
      '1.0.0.127.in-addr.arpa.',
      'PTR',
      ['NOERROR', `1.0.0.127.in-addr.arpa. ${TTL} PTR localhost.`],
    ],
    ['1.0.0.127.in-addr.arpa.', 'MX', ['NOERROR', `authority 127.in-addr.arpa. ${SOA}`]],
    ['2.0.0.127.In-Addr.arpa.', 'PTR', ['NXDOMAIN', `authority 127.In-Addr.arpa. ${SOA}`]],
    ['a.255.in-addr.arpa.', 'A', ['NXDOMAIN', `authority 255.in-addr.arpa. ${SOA}`]],
  ])('%s %s', async (name, type, lines) => {
    const { link } = rig()
    const reply = askPacketPath(link, { name, type })
    if (typeof reply === 'number') throw new Error('the next plugin is asked')
    expect(replyLines(reply)).toEqual(lines)
    expect(reply.flags.text).toBe('qr rd')
    expect(replyLines(await askChain(link, { name, type }))).toEqual(lines)
  })
})

test.each([
  [true, 'example.org'],
  [true, 'localhosts'],
  [true, 'alocalhost'],
  [true, 'a.localhost.example.net'],
  [true, '128.in-addr.arpa'],
  [true, 'in-addr.arpa'],
  [false, 'localhost.example.net'],
])('with localhost_prefix %s, %s goes to the next plugin', async (prefix, name) => {
  const { link } = rig(prefix)
  expect(askPacketPath(link, { name, type: 'A' })).toBe(NEXT)
  expect(await askChain(link, { name, type: 'A' })).toMatchObject({ rcode: 'REFUSED' })
})

test('names of hosts are counted, those of the zones are not', () => {
  const { link, counters } = rig()
  for (const name of ['localhost', 'a.localhost', 'localhost.a', '1.0.0.127.in-addr.arpa', 'x.y']) {
    askPacketPath(link, { name, type: 'A' })
  }
  expect(counters[0]).toBe(2)
})

test('a SOA that does not fit beside the options of the client makes the reply truncated', () => {
  const name = `${`${'a'.repeat(62)}.`.repeat(3)}${'b'.repeat(50)}.localhost`
  const edns = { size: 512, options: [{ code: 12, data: new Uint8Array(173) }] }
  const { link } = rig()
  const reply = askPacketPath(link, { name, type: 'TXT', edns }, [], 512)
  expect(reply).toMatchObject({ flags: { tc: true }, authority: [] })
})
