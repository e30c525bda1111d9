// CNAME records of a zone: questions for addresses follow them within the table.
import { describe, expect, test } from 'vitest'
import { nameToWire, relativeName } from '../../src/dns/name.ts'
import type { CompiledAnswer, CompiledName } from '../../src/zone/compiled.ts'
import { A_RR_SIZE, AAAA_RR_SIZE, QNAME_OFFSET, RecordWriter } from '../../src/zone/rr.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { ZoneAnswerer } from '../../src/zone/zone-answerer.ts'
import { askZone, replyLines } from '../support/ask-zone.ts'

const ZONE = 'zone.test.'
const records = new RecordWriter()

function cname(target: string): CompiledAnswer {
  records.record(QNAME_OFFSET, 5, 5, nameToWire(target)!)
  return { type: 5, bytes: records.take(), answers: 1, additionals: 0, rrSize: 0 }
}

function addresses(count: number, size: 4 | 16 = 4): CompiledAnswer {
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(size)
    bytes.set([10, 0, i >> 8, i])
    records.address(QNAME_OFFSET, 5, bytes)
  }
  const bytes = records.take()
  const [type, rrSize] = size === 4 ? [1, A_RR_SIZE] : [28, AAAA_RR_SIZE]
  return { type, bytes, answers: count, additionals: 0, rrSize }
}

function answererOf(names: Record<string, readonly CompiledAnswer[]>, rotate = false) {
  const table = new TableWriter({ maxBytes: 2 ** 20 })
  const compiled = Object.entries(names).map(
    ([name, answers]): CompiledName => ({ name: relativeName(...name.split('.'))!, answers }),
  )
  table.replace('owner', compiled)
  table.advanceSerial(7)
  table.setSynced()
  const options = { zone: nameToWire(ZONE)!, ttl: 5, fixed: [], fallthrough: [] }
  const reader = new TableReader(table.handle, 0)
  return new ZoneAnswerer({ ...options, table: reader, rotate, cnames: true })
}

const zone = answererOf({
  one: [cname('two.zone.test.')],
  two: [cname('a.b.zone.test.')],
  'a.b': [addresses(2), addresses(1, 16)],
  v4: [addresses(1)],
  'to-v4': [cname('v4.zone.test.')],
  missing: [cname('nothing.zone.test.')],
  outside: [cname('example.org.')],
  'almost-outside': [cname('xzone.test.')],
  'via-outside': [cname('outside.zone.test.')],
  self: [cname('self.zone.test.')],
  loop1: [cname('loop2.zone.test.')],
  loop2: [cname('loop1.zone.test.')],
})

describe('a name with a CNAME record', () => {
  test.each<[string, string, string[]]>([
    [
      'A: the whole chain, then the addresses of its end',
      'ONE.zone.test. A',
      [
        'NOERROR',
        'ONE.zone.test. 5 IN CNAME two.zone.test.',
        'two.zone.test. 5 IN CNAME a.b.zone.test.',
        'a.b.zone.test. 5 IN A 10.0.0.0',
        'a.b.zone.test. 5 IN A 10.0.0.1',
      ],
    ],
    [
      'AAAA: the same',
      'two.zone.test. AAAA',
      ['NOERROR', 'two.zone.test. 5 IN CNAME a.b.zone.test.', 'a.b.zone.test. 5 IN AAAA a00::'],
    ],
    [
      'CNAME: the record',
      'one.zone.test. CNAME',
      ['NOERROR', 'one.zone.test. 5 IN CNAME two.zone.test.'],
    ],
    ['a target without the type', 'to-v4.zone.test. AAAA', ['incomplete']],
    ['a target that is not in the table', 'missing.zone.test. A', ['incomplete']],
    ['a target in another zone', 'outside.zone.test. A', ['incomplete']],
    ['a target whose last labels are not the zone', 'almost-outside.zone.test. A', ['incomplete']],
    ['a chain that leaves the zone', 'via-outside.zone.test. A', ['incomplete']],
    ['a name that points to itself', 'self.zone.test. A', ['incomplete']],
    ['a loop', 'loop1.zone.test. A', ['incomplete']],
    [
      'other types do not follow it',
      'one.zone.test. TXT',
      [
        'NOERROR',
        'authority zone.test. 5 IN SOA ns.dns.zone.test. hostmaster.zone.test. 7 7200 1800 86400 5',
      ],
    ],
  ])('%s', (_, question, lines) => {
    const [name = '', type = ''] = question.split(' ')
    expect(replyLines(askZone(zone, name, type))).toEqual(lines)
  })

  test('follows at most 11 records', () => {
    const links = Array.from({ length: 12 }, (_, i) => [`n${i}`, [cname(`n${i + 1}.zone.test.`)]])
    const long = answererOf({ ...Object.fromEntries(links), n12: [addresses(1)] })
    expect(replyLines(askZone(long, 'n1.zone.test.', 'A'))).toHaveLength(1 + 11 + 1)
    expect(askZone(long, 'n0.zone.test.', 'A')).toBe('incomplete')
  })

  test.each([
    ['the question', 26, 0],
    ['the first record', 26 + 12 + 15, 1],
    ['the chain', 26 + 12 + 15 + 12 + 14, 2],
    ['one address', 26 + 12 + 15 + 12 + 14 + 16, 3],
  ])('has TC when the reply has only room for %s', (_, limit, answers) => {
    const reply = askZone(zone, 'one.zone.test.', 'A', limit + 8)
    expect(reply).toMatchObject({ flags: { tc: true } })
    expect(replyLines(reply)).toHaveLength(1 + answers)
  })

  test('rotates the addresses of its target', () => {
    const rotating = answererOf({ alias: [cname('many.zone.test.')], many: [addresses(3)] }, true)
    const first = () => replyLines(askZone(rotating, 'alias.zone.test.', 'A'))[2]
    expect([first(), first(), first()]).toEqual([
      'many.zone.test. 5 IN A 10.0.0.0',
      'many.zone.test. 5 IN A 10.0.0.1',
      'many.zone.test. 5 IN A 10.0.0.2',
    ])
  })
})
