// The packet path: which queries leave it for the chain. Its own replies are in constant.test.ts.
import { expect, test } from 'vitest'
import { Exchange } from '../../../src/dns/exchange.ts'
import { ASK_CHAIN, NEXT } from '../../../src/plugins/runtime.ts'
import { PacketRules } from '../../../src/plugins/template/answerer.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { rulesOf } from './rig.ts'

const RULES = rulesOf(`template IN A a.test b.test {
 match ^x
 fallthrough
}
template CH TXT c.test
template ANY MX d.test {
 match x
}`)

test.each([
  ['a name that the pattern may match', 'x.a.test.', 'A', ASK_CHAIN],
  ['a name that it does not match', 'y.b.test.', 'A', ASK_CHAIN],
  ['the zone itself, in any case', 'B.Test.', 'A', ASK_CHAIN],
  ['a question for ANY', 'a.test.', 'ANY', ASK_CHAIN],
  ['another type', 'x.a.test.', 'AAAA', NEXT],
  ['another zone', 'a.tests.', 'A', NEXT],
  ['a name that only ends like the zone', 'xa.test.', 'A', NEXT],
  ['a rule for another class', 'c.test.', 'TXT', NEXT],
  ['a rule for all classes', 'x.d.test.', 'MX', ASK_CHAIN],
])('%s: %s %s', (_, name, type, expected) => {
  const wire = encodeQuery({ name, type })
  const exchange = new Exchange()
  exchange.request.parse(wire, 0, wire.length)
  expect(new PacketRules(RULES, () => {}).answer(exchange)).toBe(expected)
})
