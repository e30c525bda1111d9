// Replies and counts of `acl`, beside other plugins.
import { describe, expect, test } from 'vitest'
import { emptyReply } from '../../../src/plugins/chain.ts'
import { parseRule } from '../../../src/plugins/rewrite/parse-rule.ts'
import { rewriteRuntime } from '../../../src/plugins/rewrite/runtime.ts'
import { ASK_CHAIN, type Link, NEXT } from '../../../src/plugins/runtime.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { aclRig } from './rig.ts'

const CLIENT = '192.0.2.7'
const BLOCK = 'acl a.org {\nallow net 10.0.0.0/8\nblock\n}'

const rewrite = (line: string): Link =>
  rewriteRuntime({ plugin: 'rewrite', rules: [parseRule(line.split(' '))] }, runtimeContext())

/** A plugin that only the chain can ask. */
const slow = (result: number): Link => ({
  answerer: { answer: () => result },
  handler: { name: 'slow', handle: async () => emptyReply(3) },
})

describe.each([
  ['on the packet path', false],
  ['in the chain', true],
])('%s', (_, chain) => {
  test('a client without EDNS gets no OPT', async () => {
    const reply = await aclRig(BLOCK, { chain }).ask({ name: 'a.org', type: 'A' }, CLIENT)
    expect(reply).toMatchObject({ rcode: 'REFUSED', flags: { aa: false, ra: false } })
    expect(reply!.opt).toBeUndefined()
    expect(reply!.question).toMatchObject({ name: 'a.org.', type: 'A' })
  })

  test('OPT has the error and no other option, the size and DO of the client', async () => {
    const edns = { size: 1400, do: true, options: [{ code: 3, data: Uint8Array.of() }] }
    const { ask } = aclRig(BLOCK, { chain })
    const plain = await ask({ name: 'a.org', type: 'A', edns: { size: 1400 } }, CLIENT)
    expect(plain!.opt).toMatchObject({ size: 1400, do: false })
    const reply = await ask({ name: 'a.org', type: 'A', edns }, CLIENT)
    expect(reply!.opt).toMatchObject({ size: 1400, do: true })
    expect(reply!.opt!.options.map(({ code }) => code)).toEqual([15])
  })

  test('each decision is counted once, for the zone of its rule', async () => {
    const lines = 'acl org b.org {\nblock type A\nfilter type AAAA\ndrop type TXT\n}'
    const rig = aclRig(lines, { chain })
    for (const type of ['A', 'AAAA', 'TXT', 'MX']) await rig.ask({ name: 'x.B.org', type }, CLIENT)
    await rig.ask({ name: 'a.org', type: 'A' }, CLIENT)
    await rig.ask({ name: 'a.net', type: 'A' }, CLIENT)
    expect(rig.counts()).toEqual([
      'allowed 2',
      'blocked org. 1',
      'blocked b.org. 1',
      'filtered b.org. 1',
      'dropped b.org. 1',
    ])
  })

  test('a client without an IP address is blocked where a rule has the name', async () => {
    const { decide } = aclRig('acl a.org {\nallow net *\n}', { chain })
    expect(await decide('a.org', 'A', 'nobody')).toBe('REFUSED 15=0,15')
    expect(await decide('b.org', 'A', 'nobody')).toBe('next')
  })

  test('an IPv4-mapped client is one of IPv4', async () => {
    const { decide } = aclRig('acl {\nblock net 192.0.2.0/24\ndrop net ::/0\n}', { chain })
    expect(await decide('a.org', 'A', '::ffff:192.0.2.1')).toBe('REFUSED 15=0,15')
    expect(await decide('a.org', 'A', '::ffff:198.51.100.1')).toBe('next')
    expect(await decide('a.org', 'A', '2001:db8::1')).toBe('no reply')
  })
})

describe('what is allowed is counted once', () => {
  test.each([
    ['when a packet thread answers', [], undefined],
    ['when the chain answers', [], [slow(NEXT)]],
    ['when the chain answers, though others follow', [], [slow(ASK_CHAIN)]],
    ['for an alias that a packet thread answers', [rewrite('name b.org a.org')], undefined],
    ['for an alias that the chain answers', [rewrite('name b.org a.org')], [slow(NEXT)]],
    ['for a name that the chain rewrites', [rewrite('name regex ^b.org a.org')], undefined],
  ])('%s', async (_, before, after) => {
    const rig = aclRig(BLOCK, { before, ...(after && { after }) })
    expect(await rig.decide('b.org', 'A', '10.0.0.1')).toBe('next')
    expect(rig.counts()).toEqual(['allowed 1'])
  })
})

describe('the name that `rewrite` has made is checked', () => {
  test.each(['name b.org a.org', 'name regex ^b.org a.org'])('%s', async (line) => {
    const rig = aclRig(BLOCK, { before: [rewrite(line)] })
    expect(await rig.decide('b.org', 'A', CLIENT)).toBe('REFUSED 15=0,15')
    expect(rig.counts()).toEqual(['blocked a.org. 1'])
  })
})

test('the lines of the first directive that has the name and matches decide', async () => {
  const rig = aclRig(
    'acl a.org {\nallow net 10.0.0.1\nblock type MX\n}\nacl org {\ndrop net 10.0.0.0/8\n}',
  )
  expect(await rig.decide('a.org', 'A', '10.0.0.1')).toBe('next')
  expect(await rig.decide('a.org', 'A', '10.0.0.2')).toBe('no reply')
  expect(await rig.decide('a.org', 'MX', '10.0.0.2')).toBe('REFUSED 15=0,15')
  expect(await rig.decide('b.org', 'A', '10.0.0.1')).toBe('no reply')
})
