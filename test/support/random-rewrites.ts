// Random `rewrite` rules for names below alias.test, beta.test and public.test, which lead to names of the upstream of the
// tests, and questions for them.
import { encodeQuery } from './dns-encode.ts'
import type { Random } from './random.ts'
import { randomCorefileQuery } from './random-corefile-queries.ts'
import type { LocalObjects } from './random-local-objects.ts'
import type { GeneratedQuery } from './random-queries.ts'

const NAMES = [
  'name exact public.test host.q1.upstream.test',
  'name public.test cname-1.q1.upstream.test',
  'name suffix .alias.test .upstream.test answer auto',
  'name suffix .alias.test .upstream.test',
  'name suffix .alias.test .upstream.test answer auto answer value ^(m.*|t.*)$ x.{0}test',
  'name suffix alias.test upstream.test answer auto',
  'name regex (.*)\\.alias\\.test {1}.upstream.test answer auto',
  'name regex (.*)\\.alias\\.test {1}.upstream.test',
  'name regex (.*)\\.alias\\.test {1}.upstream.test answer name (.*)\\.upstream\\.test {1}.alias.test answer value (.*)\\.upstream\\.test {1}.alias.test',
  'name regex (.*)\\.(q\\d)\\d?\\.alias\\.test {1}.{2}.upstream.test answer auto',
  'name substring alias upstream answer auto',
  'name substring alias upstream',
  'name suffix .beta.test .upstream.test answer auto',
]
const STEPS = [
  'continue name suffix .beta.test .alias.test answer auto',
  'continue name regex ^(.*)\\.beta\\.test {1}.alias.test answer auto',
  'continue name prefix many-3 host answer auto',
  'continue type TXT A',
  'continue type ANY AAAA',
  'continue ttl suffix .alias.test 1000-2000',
  'continue ttl regex ^h 7',
  'continue ttl substring beta 3000-',
  'continue rcode suffix .alias.test NXDOMAIN NOERROR',
  'continue rcode regex ^(serv|ref) REFUSED NXDOMAIN',
  'continue rcode regex ^servfail SERVFAIL NOERROR',
  'continue cname regex ^[a-z] host.q3.upstream.test.',
  'continue cname exact host.q1.upstream.test host.q2.upstream.test',
  'continue edns0 local set 0xffee 0x0102',
  'continue edns0 local set 0xffee {qname} revert',
  'continue edns0 local append 0xffed {qtype} revert',
  'continue edns0 local replace 0xffee abc',
  'continue edns0 nsid set',
  'continue edns0 nsid unset',
]

/** One to four rules, the last of which may be for names. */
export function randomRewrites(random: Random): readonly string[] {
  const steps = Array.from({ length: random.int(3) }, () => random.pick(STEPS))
  const names = Array.from({ length: 1 + random.int(2) }, () => random.pick(NAMES))
  const rules = random.chance(70) ? [...steps, ...names] : [...names, ...steps]
  return [...new Set(rules)].map((rule) => `rewrite ${rule}`)
}

/** A question for a name that rules may rewrite, or for one of the upstream. */
export function randomRewriteQuery(random: Random): GeneratedQuery {
  const { spec, tcp } = randomCorefileQuery(random, NOBODY, 'outside')
  const domain = random.pick([
    'alias.test',
    'alias.test',
    'alias.test',
    'beta.test',
    'upstream.test',
  ])
  const other = random.chance(10) ? 'Public.test' : spec.name.replace(/upstream\.test\.?$/i, domain)
  const type = random.chance(8) ? 'ANY' : spec.type
  // Both caches differ by RD (`cache-rd`), by the rewritten name here.
  const { rd: _rd, ...flags } = spec.flags ?? {}
  const changed = { ...spec, name: other, type, flags }
  return { spec: changed, tcp, bytes: encodeQuery(changed) }
}

const NOBODY = { services: [], namespaces: [], pods: [] } as unknown as LocalObjects
