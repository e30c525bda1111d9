// The zone and plugin that answer a request: zone selection, fallthrough, blocks without plugins, bufsize, answers
// before the first sync, and the rotation of `loadbalance`.
import { describe, expect, test } from 'vitest'
import { objects, serviceImport, slice } from '../../cases/objects.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { contentOf, createHarness } from '../../support/packet-harness.ts'

const content = contentOf([
  ...objects,
  serviceImport('five', {}),
  slice(
    'five',
    'v4',
    [1, 2, 3, 4, 5].map((i) => ({ addresses: [`10.9.0.${i}`] })),
    { cluster: 'c1' },
  ),
  slice(
    'five',
    'v6',
    [1, 2, 3, 4, 5].map((i) => ({ addresses: [`fd00:9::${i}`] })),
    { cluster: 'c1' },
  ),
  serviceImport('many', {}),
  slice(
    'many',
    'v4',
    Array.from({ length: 40 }, (_, i) => ({ addresses: [`10.9.1.${i}`] })),
    { cluster: 'c1' },
  ),
])

function multicluster(zones: string, ...lines: readonly string[]): string {
  return `multicluster ${zones} {\n manifests /m\n ${lines.join('\n ')}\n }`
}

const ZONE = 'clusterset.local'
const NAME = `dual.ns1.svc.${ZONE}`

describe('zones', () => {
  const inZone = createHarness({ corefile: `${ZONE}:53 {\n ${multicluster(ZONE)}\n}`, content })

  test.each(['example.org', 'local', '.', `x${ZONE}`, `${ZONE}.example`])(
    '%s is outside the zone: REFUSED',
    async (name) => {
      const message = await inZone.ask({ name, type: 'A', edns: { size: 1232, do: true } })
      expect([message.rcode, message.flags.text, message.counts]).toEqual([
        'REFUSED',
        'qr rd',
        [1, 0, 0, 1],
      ])
      expect(inZone.path().zone).toBe(-1)
    },
  )

  test('a name that ends with the bytes of the zone, but not with its labels, is outside', async () => {
    const label = `a\\010clusterset`
    expect((await inZone.ask({ name: `${label}.local`, type: 'A' })).rcode).toBe('REFUSED')
  })

  const nested = createHarness({
    corefile: [
      `.:53 {\n ${multicluster('clusterset.local')}\n whoami\n}`,
      `local:53 {\n ${multicluster('other.local')}\n}`,
      `eu.${ZONE}:53 {\n ${multicluster(`eu.${ZONE}`)}\n}`,
      'empty.local:53 {\n}',
      'sized.local:53 {\n bufsize 1232\n}',
    ].join('\n'),
    content,
  })
  const zoneOf = async (name: string, type: string) => {
    const { rcode } = await nested.ask({ name, type })
    return `${nested.path().zone} ${rcode}`
  }

  test.each([
    ['the longest zone', `dual.ns1.svc.eu.${ZONE}`, 'A', '2 NOERROR'],
    ['the longest zone, at its apex', `eu.${ZONE}`, 'SOA', '2 NOERROR'],
    ['in upper or lower case', `EU.ClusterSet.LOCAL`, 'SOA', '2 NOERROR'],
    ['not a zone below it', NAME, 'A', '1 SERVFAIL'],
    ['the root', 'example.org', 'A', '0 NOERROR'],
    ['the root itself', '.', 'NS', '0 NOERROR'],
    ['DS: the outermost zone but the root', `eu.${ZONE}`, 'DS', '1 SERVFAIL'],
    ['DS: the root where there is no other', 'example.org', 'DS', '0 NOERROR'],
    ['a block without plugins', 'x.empty.local', 'A', '-1 REFUSED'],
    ['a block with bufsize only', 'x.sized.local', 'A', '4 SERVFAIL'],
  ])('%s: %s %s', async (_, name, type, expected) => {
    expect(await zoneOf(name, type)).toBe(expected)
  })

  test('the error of a chain that ends is reported with its zone', async () => {
    const before = nested.reports.length
    await nested.ask({ name: NAME, type: 'A' })
    expect(nested.reports.slice(before)).toEqual([
      'local. plugin/multicluster: no next plugin found',
    ])
  })

  test('the longest of several zones of a directive answers', async () => {
    const harness = createHarness({
      corefile: `.:53 {\n ${multicluster(`${ZONE} eu.${ZONE}`)}\n}`,
      content,
    })
    const apex = await harness.ask({ name: `eu.${ZONE}`, type: 'SOA' })
    expect(apex.answers.map(({ name }) => name)).toEqual([`eu.${ZONE}.`])
    expect((await harness.ask({ name: NAME, type: 'A' })).answers.length).toBe(1)
  })

  test('the root can be a multicluster zone', async () => {
    const harness = createHarness({ corefile: `.:53 {\n ${multicluster('.')}\n}`, content })
    const { answers } = await harness.ask({ name: 'dual.ns1.svc', type: 'SRV' })
    expect(answers.map(({ data }) => data)).toEqual(['0 50 80 dual.ns1.svc.'])
    const apex = await harness.ask({ name: '.', type: 'SOA' })
    expect(apex.answers[0]?.data).toMatch(/^ns\.dns\. hostmaster\. /)
  })

  test('the directive kubernetes answers the same', async () => {
    const corefile = `.:53 {\n kubernetes ${ZONE} {\n multicluster ${ZONE}\n ttl 30\n }\n}`
    const harness = createHarness({ corefile, content })
    const { answers } = await harness.ask({ name: NAME, type: 'A' })
    expect(answers.map(({ text }) => text)).toEqual([`${NAME}. 30 IN A 10.0.0.2`])
  })
})

describe('fallthrough', () => {
  const block = (line: string) => `.:53 {\n ${multicluster(ZONE, line)}\n whoami\n}`
  const all = createHarness({ corefile: block('fallthrough'), content })
  const some = createHarness({ corefile: block(`fallthrough ns1.svc.${ZONE}`), content })
  const none = createHarness({ corefile: block(''), content })
  const alone = createHarness({
    corefile: `.:53 {\n ${multicluster(ZONE, 'fallthrough')}\n}`,
    content,
  })
  const ask = (harness: typeof all, name: string, type: string) =>
    harness.answer(encodeQuery({ name, type })) === 'miss'

  test.each([
    [`missing.ns1.svc.${ZONE}`, 'A', true],
    [`missing.ns1.svc.${ZONE}`, 'TXT', true],
    [`no-slices.ns1.svc.${ZONE}`, 'A', true],
    [`dns-version.${ZONE}`, 'A', false],
    [`missing.ns1.svc.${ZONE}`, 'SOA', false],
    [`missing.ns1.svc.${ZONE}`, 'AXFR', false],
    [NAME, 'A', false],
    [NAME, 'MX', false],
    [ZONE, 'A', false],
    [`ns1.svc.${ZONE}`, 'TXT', false],
    [`dns.${ZONE}`, 'A', false],
    [`_tcp.vip.ns1.svc.${ZONE}`, 'A', false],
    [`_sctp.vip.ns1.svc.${ZONE}`, 'A', true],
    [`c1.head.ns1.svc.${ZONE}`, 'A', false],
    [`c3.head.ns1.svc.${ZONE}`, 'A', true],
    ['example.org', 'A', true],
  ])('%s %s falls through: %s', (name, type, through) => {
    expect(ask(all, name, type)).toBe(through)
  })

  test('applies only below the zones that it lists', () => {
    expect(ask(some, `missing.ns1.svc.${ZONE}`, 'A')).toBe(true)
    expect(ask(some, `Missing.NS1.svc.${ZONE}`, 'A')).toBe(true)
    expect(ask(some, `missing.ns2.svc.${ZONE}`, 'A')).toBe(false)
    expect(ask(none, `missing.ns1.svc.${ZONE}`, 'A')).toBe(false)
  })

  test('makes the next plugin answer', async () => {
    const name = `Missing.ns1.svc.${ZONE}`
    const edns = { size: 1232, do: true, options: [{ code: 3, data: Buffer.alloc(0) }] }
    for (const tcp of [false, true]) {
      const message = await all.ask({ name, type: 'A', edns }, tcp)
      const proto = tcp ? 'tcp' : 'udp'
      expect([message.rcode, message.flags.text]).toEqual(['NOERROR', 'qr aa rd'])
      expect(message.additional.map(({ text }) => text)).toEqual([
        `${name}. 0 IN A 198.51.100.7`,
        `_${proto}.${name}. 0 IN SRV 0 0 40000 .`,
      ])
      expect(message.opt).toMatchObject({ size: 1232, do: true, options: [{ code: 3 }] })
      expect(message.trailing).toBe(0)
    }
  })

  test('is SERVFAIL without a next plugin', async () => {
    const message = await alone.ask({ name: `missing.ns1.svc.${ZONE}`, type: 'A', edns: {} })
    expect([message.rcode, message.flags.text, message.counts]).toEqual([
      'SERVFAIL',
      'qr rd',
      [1, 0, 0, 1],
    ])
    expect(alone.reports).toEqual(['. plugin/multicluster: no next plugin found'])
  })

  test('leads from one multicluster zone to the next', async () => {
    const kubernetes = `kubernetes ${ZONE} {\n multicluster ${ZONE}\n fallthrough\n }`
    const corefile = `.:53 {\n ${kubernetes}\n ${multicluster(`svc.${ZONE}`)}\n}`
    const harness = createHarness({ corefile, content })
    const name = `dual.ns1.svc.svc.${ZONE}`
    const request = encodeQuery({ name, type: 'SRV' })
    const client = { remoteAddress: '::1', remotePort: 1, localAddress: '::1', localPort: 53 }
    const chain = await harness.path().resolve(request, { ...client, protocol: 'udp' })
    // The next zone answers on the packet path, and the chain gives the same answer.
    for (const reply of [harness.answer(request), chain.reply]) {
      const message = decodeMessage(reply as Uint8Array)
      expect(message.flags.text).toBe('qr aa rd')
      expect(message.answers.map(({ data }) => data)).toEqual([`0 50 80 ${name}.`])
      expect(message.additional.length).toBe(2)
    }
  })
})

describe('before the first sync', () => {
  const corefile = `.:53 {\n ${multicluster(ZONE, 'fallthrough')}\n whoami\n}`
  const harness = createHarness({ corefile, content: contentOf([]), synced: false })

  test.each([
    [NAME, 'A', 'SERVFAIL'],
    [NAME, 'TXT', 'SERVFAIL'],
    [`foo.${ZONE}`, 'A', 'SERVFAIL'],
    [`ns1.svc.${ZONE}`, 'A', 'SERVFAIL'],
    [`dns-version.${ZONE}`, 'A', 'NOERROR'],
    [NAME, 'SOA', 'NOERROR'],
    [ZONE, 'A', 'NOERROR'],
    [ZONE, 'SOA', 'NOERROR'],
    [ZONE, 'NS', 'NOERROR'],
    [`svc.${ZONE}`, 'A', 'NOERROR'],
    [`ns.dns.${ZONE}`, 'A', 'NOERROR'],
    [`dns-version.${ZONE}`, 'TXT', 'NOERROR'],
    [NAME, 'AXFR', 'REFUSED'],
  ])('%s %s is %s', async (name, type, rcode) => {
    const message = await harness.ask({ name, type })
    expect(message.rcode).toBe(rcode)
    if (rcode !== 'SERVFAIL') return
    expect(message.flags.text).toBe('qr aa rd')
    expect(message.authority.map(({ data }) => data)).toEqual([
      `ns.dns.${ZONE}. hostmaster.${ZONE}. 0 7200 1800 86400 5`,
    ])
  })

  test('known names are answered', async () => {
    const early = createHarness({ corefile, content, synced: false })
    expect((await early.ask({ name: NAME, type: 'A' })).answers.length).toBe(1)
    expect((await early.ask({ name: NAME, type: 'MX' })).rcode).toBe('NOERROR')
    expect((await early.ask({ name: `x.${NAME}`, type: 'A' })).rcode).toBe('SERVFAIL')
  })
})

describe('the Extended DNS Error Not Ready (RFC 8914)', () => {
  const corefile = `.:53 {\n ${multicluster(ZONE, 'fallthrough')}\n whoami\n}`
  const harness = createHarness({ corefile, content, synced: false })
  const ways = { 'packet path': harness.ask, 'plugin chain': harness.askChain }
  const unknown = { name: `x.${NAME}`, type: 'A' }
  const NOT_READY = '15=000e'
  const optionsOf = ({ opt }: Message) =>
    opt?.options.map(({ code, data }) => `${code}=${Buffer.from(data).toString('hex')}`)

  describe.each(Object.entries(ways))('%s', (_, ask) => {
    describe.each([
      ['UDP', false],
      ['TCP', true],
    ])('%s', (_, tcp) => {
      test.each([0, 100, 512, 1232, 65535])('is in a SERVFAIL, size %d', async (size) => {
        const message = await ask({ ...unknown, edns: { size, do: true } }, tcp)
        expect([message.rcode, message.flags.text]).toEqual(['SERVFAIL', 'qr aa rd'])
        expect(message.counts).toEqual([1, 0, 1, 1])
        expect(message.opt).toMatchObject({ size, do: true, version: 0 })
        expect(optionsOf(message)).toEqual([NOT_READY])
      })

      test('follows the echoed options', async () => {
        const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
        const message = await ask({ ...unknown, edns: { options: [{ code: 10, data }] } }, tcp)
        expect(optionsOf(message)).toEqual(['10=0102030405060708', NOT_READY])
        expect(message.trailing).toBe(0)
      })

      test('is absent without EDNS', async () => {
        const message = await ask(unknown, tcp)
        expect([message.rcode, message.counts]).toEqual(['SERVFAIL', [1, 0, 1, 0]])
      })

      test.each([
        [NAME, 'A', 'NOERROR'],
        [NAME, 'MX', 'NOERROR'],
        [ZONE, 'SOA', 'NOERROR'],
        [NAME, 'AXFR', 'REFUSED'],
        ['example.org', 'A', 'NOERROR'],
      ])('is absent in the answer to %s %s', async (name, type, rcode) => {
        const message = await ask({ name, type, edns: {} }, tcp)
        expect([message.rcode, optionsOf(message)]).toEqual([rcode, []])
      })
    })

    test('is left out when it does not fit beside the echoed options', async () => {
      const seen: string[] = []
      for (let bytes = 360; bytes <= 460; bytes++) {
        const options = [{ code: 12, data: new Uint8Array(bytes) }]
        const message = await ask({ ...unknown, edns: { size: 512, options } })
        expect(message.raw.length).toBeLessThanOrEqual(512)
        expect([message.rcode, message.counts]).toEqual(['SERVFAIL', [1, 0, 1, 1]])
        const codes = message.opt!.options.map(({ code }) => code)
        if (!codes.includes(15)) expect(message.raw.length).toBeGreaterThan(512 - 6)
        const text = codes.join()
        if (text !== seen.at(-1)) seen.push(text)
      }
      expect(seen).toEqual(['12,15', '12', '15'])
    })
  })

  test('is absent after the first sync', async () => {
    const synced = createHarness({ corefile: `.:53 {\n ${multicluster(ZONE)}\n}`, content })
    const message = await synced.ask({ ...unknown, edns: {} })
    expect([message.rcode, optionsOf(message)]).toEqual(['NXDOMAIN', []])
  })
})

describe('bufsize', () => {
  const corefile = `.:53 {\n bufsize 600\n ${multicluster(ZONE)}\n whoami\n}`
  const harness = createHarness({ corefile, content })
  const name = `many.ns1.svc.${ZONE}`

  test.each([
    [100, 100, 512],
    [512, 512, 512],
    [599, 599, 599],
    [600, 600, 600],
    [4096, 600, 600],
    [65535, 600, 600],
  ])('applies to a client with the size %d', async (size, echoed, limit) => {
    const message = await harness.ask({ name, type: 'A', edns: { size } })
    expect(message.opt?.size).toBe(echoed)
    expect(message.raw.length).toBeLessThanOrEqual(limit)
    expect(message.raw.length).toBeGreaterThan(limit - 16)
    expect(message.flags.tc).toBe(true)
    expect((await harness.ask({ name: 'example.org', type: 'A', edns: { size } })).opt?.size).toBe(
      echoed,
    )
  })

  test('limits only the echoed size over TCP', async () => {
    const message = await harness.ask({ name, type: 'A', edns: { size: 4096 } }, true)
    expect([message.opt?.size, message.flags.tc]).toEqual([600, false])
  })

  test('does not apply to a client without EDNS', async () => {
    expect((await harness.ask({ name, type: 'A' })).raw.length).toBeLessThanOrEqual(512)
  })
})

describe('rotation', () => {
  const corefile = `.:53 {\n loadbalance\n ${multicluster(ZONE)}\n}`
  const harness = createHarness({ corefile, content })
  const five = `five.ns1.svc.${ZONE}`
  const order = async (name: string, type: string, tcp = false) =>
    (await harness.ask({ name, type }, tcp)).answers.map(({ data }) => data)

  test.each(['A', 'AAAA'])('every %s record is the first one in turn', async (type) => {
    const answers = [0, 1, 2, 3, 4].map(() => order(five, type))
    const all = await Promise.all(answers)
    expect(new Set(all.map(([first]) => first)).size).toBe(5)
    for (const one of all) expect([...one].sort()).toEqual([...all[0]!].sort())
  })

  test('A and AAAA rotate independently for a client that asks for both', async () => {
    const first = { A: new Set<string>(), AAAA: new Set<string>() }
    const even = `same-host.ns1.svc.${ZONE}`
    const seen = new Set<string>()
    for (let i = 0; i < 10; i++) {
      first.A.add((await order(five, 'A'))[0]!)
      first.AAAA.add((await order(five, 'AAAA'))[0]!)
      // Two records; each query follows two other queries.
      seen.add((await order(even, 'A'))[0]!)
      await order(`head.ns1.svc.${ZONE}`, 'A')
    }
    expect([first.A.size, first.AAAA.size, seen.size]).toEqual([5, 5, 2])
  })

  test('a truncated answer starts at another record each time', async () => {
    const name = `many.ns1.svc.${ZONE}`
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) for (const data of await order(name, 'A')) seen.add(data)
    expect(seen.size).toBe(40)
  })

  test('SRV keeps its order', async () => {
    const name = `ports.ns1.svc.${ZONE}`
    expect(await order(name, 'SRV', true)).toEqual(await order(name, 'SRV', true))
  })

  test('does not happen without loadbalance', async () => {
    const plain = createHarness({ corefile: `.:53 {\n ${multicluster(ZONE)}\n}`, content })
    const texts = []
    for (let i = 0; i < 4; i++) {
      const { answers } = await plain.ask({ name: five, type: 'A' })
      texts.push(answers.map(({ data }) => data).join(' '))
    }
    expect(new Set(texts).size).toBe(1)
  })
})
