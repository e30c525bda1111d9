// The vectors are those of coredns plugin/any/any_test.go.
import { describe, expect, test } from 'vitest'
import { anyRuntime } from '../../../src/plugins/any/runtime.ts'
import { NEXT } from '../../../src/plugins/runtime.ts'
import { askChain, askPacketPath } from '../../support/ask-link.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

const link = anyRuntime({ plugin: 'any' }, runtimeContext())
const ANSWER = 'Example.org. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"'

describe('a question of type ANY', () => {
  const spec = { name: 'Example.org', type: 'ANY', edns: { size: 1232 } }

  test.each([
    ['a packet thread', async () => askPacketPath(link, spec)],
    ['the chain', async () => askChain(link, spec)],
  ])('is answered by %s with one record', async (_, ask) => {
    expect(await ask()).toMatchObject({
      rcode: 'NOERROR',
      flags: { text: 'qr rd' },
      counts: [1, 1, 0, 1],
      answers: [{ text: ANSWER }],
    })
  })

  test('is answered in 512 bytes for the longest name', () => {
    const name = `${`${'a'.repeat(62)}.`.repeat(4)}b`
    expect(askPacketPath(link, { name, type: 'ANY' }, [], 512)).toMatchObject({
      answers: [{ name: `${name}.` }],
    })
  })
})

test.each(['A', 'AAAA', 'MX', 'TXT', 'CNAME'])('type %s goes to the next plugin', async (type) => {
  expect(askPacketPath(link, { name: 'example.org', type })).toBe(NEXT)
  expect(await askChain(link, { name: 'example.org', type })).toMatchObject({ rcode: 'REFUSED' })
})
