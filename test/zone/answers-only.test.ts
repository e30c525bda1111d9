// Answers of a table without their additional records.
import { expect, test } from 'vitest'
import { nameToWire, relativeName } from '../../src/dns/name.ts'
import { RecordWriter } from '../../src/zone/rr.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { ZoneAnswerer } from '../../src/zone/zone-answerer.ts'
import { askZone, replyLines } from '../support/ask-zone.ts'

const ZONE = nameToWire('zone.test.')!
const TARGETS = Array.from({ length: 8 }, (_, i) => relativeName(`host-${i}`)!)

/** SRV records whose targets have addresses in the additional section. */
function zone(answersOnly: boolean): ZoneAnswerer {
  const records = new RecordWriter()
  for (const target of TARGETS) records.srv(5, 100, 80, target, ZONE)
  for (const [i, target] of TARGETS.entries()) {
    const owner = Uint8Array.of(...target, ...ZONE)
    records.address(owner, 5, Uint8Array.of(10, 0, 0, i))
  }
  const count = TARGETS.length
  const bytes = records.take()
  const srv = { type: 33, bytes, answers: count, additionals: count, rrSize: 0 }
  const table = new TableWriter({ maxBytes: 2 ** 20 })
  table.replace('owner', [{ name: relativeName('_http', '_tcp', 'web')!, answers: [srv] }])
  table.setSynced()
  const reader = new TableReader(table.handle, 0)
  const options = { table: reader, zone: ZONE, ttl: 5, fixed: [], fallthrough: [] }
  return new ZoneAnswerer({ ...options, rotate: false, answersOnly })
}

const NAME = '_http._tcp.web.zone.test.'

test.each([
  [false, 8],
  [true, 0],
])('answersOnly %s: the reply has %i additional records', (answersOnly, count) => {
  const lines = replyLines(askZone(zone(answersOnly), NAME, 'SRV'))
  expect(lines[0]).toBe('NOERROR')
  expect(lines.filter((line) => line.includes(' SRV '))).toHaveLength(8)
  expect(lines.filter((line) => line.startsWith('additional '))).toHaveLength(count)
})

test('a reply whose answers fit is not truncated, unlike one with additional records', () => {
  expect(replyLines(askZone(zone(true), NAME, 'SRV', 512))[0]).toBe('NOERROR')
  expect(replyLines(askZone(zone(false), NAME, 'SRV', 512))[0]).toBe('NOERROR TC')
})
