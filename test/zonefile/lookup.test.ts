// What a zone answers: the lookups of CoreDNS' tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RR } from '../../src/dns/message.ts'
import { nameToText } from '../../src/dns/name.ts'
import { parseRR } from '../../src/dns/rr-text.ts'
import { typeName } from '../../src/dns/type-names.ts'
import { upstreamLookups } from './upstream-lookups.ts'
import { askZone, zoneOf } from './zone-of.ts'

const ZONES = join(import.meta.dirname, '../fixtures/zones')
const ANY_TTL = 303

/** What CoreDNS' tests compare: not the signature itself, nor the types of NSEC and the numbers of SOA. */
function comparable({ name, type, ttl, data }: RR, isTtlFree: boolean): string {
  const kind = typeName(type)
  const parts = { RRSIG: data.subarray(0, 4), SOA: new Uint8Array(0), NSEC: new Uint8Array(0) }
  const compared = kind in parts ? parts[kind as keyof typeof parts] : data
  const hex = Buffer.from(compared).toString('hex')
  return `${nameToText(name)} ${isTtlFree ? 'TTL' : ttl} ${kind} ${hex}`
}

function expected(texts: readonly string[] = []): RR[] {
  return texts.map((text) => {
    const parsed = parseRR(text)
    if (!parsed.ok || parsed.rr === undefined) throw new Error(`no record: ${text}`)
    return parsed.rr
  })
}

describe.each(upstreamLookups)('upstream: $title ($zone)', ({ zone: file, origin, questions }) => {
  const zone = zoneOf(readFileSync(join(ZONES, `${file}.zone`), 'utf8'), origin)

  test.each(
    questions.map((one) => [`${one.name} ${one.type}${one.dnssec ? ' DO' : ''}`, one] as const),
  )('%s', async (_, { rcode = 'NOERROR', ...question }) => {
    const reply = await askZone(zone, question)
    expect(reply.rcode).toBe(rcode)
    for (const section of ['answers', 'authorities', 'additionals'] as const) {
      const wanted = expected(question[section])
      const free = wanted.some(({ ttl }) => ttl === ANY_TTL)
      const texts = (records: readonly RR[]) => records.map((rr) => comparable(rr, free)).sort()
      expect(texts(reply[section]), section).toEqual(texts(wanted))
    }
  })
})
