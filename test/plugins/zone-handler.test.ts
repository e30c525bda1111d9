// The handler of zones: which questions it answers, refuses and passes on. The vectors are those of coredns plugin/file
// TestLookupFallthrough.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nameToWire } from '../../src/dns/name.ts'
import { emptyReply, isReply } from '../../src/plugins/chain.ts'
import { zoneHandler } from '../../src/plugins/zone-handler.ts'
import { ZoneReader, ZoneWriter } from '../../src/zonefile/store.ts'
import { contentOf } from '../../src/zonefile/zone-content.ts'
import { queryOf } from '../support/chain-query.ts'
import { keyOf } from '../zonefile/zone-of.ts'

const TEXT = readFileSync('test/fixtures/zones/miek.nl.zone', 'utf8')
const NEXT = 11

/** The rcode of the answer; NEXT for that of the next plugin. */
async function ask(
  name: string,
  type: string,
  { fallthrough = [] as readonly string[], isLast = false, opcode = 0 } = {},
) {
  const writer = new ZoneWriter()
  const read = () => ''
  const { records } = contentOf({ file: 'db', text: TEXT, origin: 'miek.nl.', read })!
  writer.publish([
    { origin: nameToWire('miek.nl.')!, version: 1, records },
    { origin: nameToWire('later.nl.')!, version: 2, records: new Uint8Array(0) },
  ])
  const zones = new ZoneReader(writer.handle)
  const handler = zoneHandler({ name: 'file', zones, fallthrough: fallthrough.map(keyOf), isLast })
  const query = queryOf({ name, type })
  query.request.opcode = opcode
  const answer = await handler.handle(query, async () => emptyReply(NEXT))
  return isReply(answer) ? [answer.rcode, answer.authoritative] : 'no reply'
}

test.each([
  ['doesnotexist.miek.nl', ['.'], [NEXT, false]],
  ['x.miek.nl', ['.'], [NEXT, false]],
  ['a.miek.nl', ['a.miek.nl.'], [0, true]],
  ['doesnotexist.miek.nl', ['a.miek.nl.'], [3, true]],
  ['passthrough.a.miek.nl', ['a.miek.nl.'], [NEXT, false]],
  ['x.miek.nl', ['x.miek.nl.'], [NEXT, false]],
  ['wildcard.x.miek.nl', ['x.miek.nl.'], [0, true]],
])('upstream: %s with fallthrough %j', async (name, fallthrough, expected) => {
  expect(await ask(name, 'A', { fallthrough })).toEqual(expected)
})

test.each([
  ['a name of no zone goes to the next plugin', 'a.org', 'A', {}, [NEXT, false]],
  ['it is REFUSED if there is none', 'a.org', 'A', { isLast: true }, [5, false]],
  ['so is a transfer', 'miek.nl', 'AXFR', {}, [5, false]],
  ['a zone that could not be read is SERVFAIL', 'a.later.nl', 'A', {}, [2, false]],
  ['a NOTIFY has no reply', 'miek.nl', 'SOA', { opcode: 4 }, 'no reply'],
])('%s', async (_, name, type, options, expected) => {
  expect(await ask(name, type, options)).toEqual(expected)
})
