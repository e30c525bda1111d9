// The table of EDNS options with the real CoreDNS 1.14.7 and with our server: both have the rcodes of the table, and
// equal headers, questions and OPTs.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OptionCase, optionCases } from '../cases/edns-options.ts'
import { type CoreDns, startCoreDNS } from '../support/coredns.ts'
import { comparable } from '../support/differences.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'

const corefile = 'example.org:{$DNS_PORT} {\n  bind 127.0.0.1\n  whoami\n}\n'

describeWithTools('EDNS options compared with the real CoreDNS', ({ coredns }) => {
  let reference: CoreDns
  let ours: OurServer

  beforeAll(async () => {
    reference = await startCoreDNS({ coredns, corefile })
    ours = await startOurServer({ corefile })
  }, 60_000)

  afterAll(async () => {
    await Promise.all([reference?.stop(), ours?.stop()])
  })

  /** The records of `whoami` are left out: they contain the client's port. */
  async function ask({ port }: CoreDns | OurServer, { code, data }: OptionCase, tcp: boolean) {
    const edns = { options: [{ code, data: Buffer.from(data, 'hex') }] }
    const message = await query({ port, name: 'example.org', type: 'A', id: 7, edns, tcp })
    return { ...message, additional: [] }
  }

  test.each(optionCases)('$name: $rcode', async (row) => {
    for (const tcp of [false, true]) {
      const theirs = await ask(reference, row, tcp)
      expect(theirs.rcode).toBe(row.rcode)
      const mine = await ask(ours, row, tcp)
      if (row.differs === undefined) expect(comparable(mine)).toBe(comparable(theirs))
      else {
        expect(comparable(mine)).not.toBe(comparable(theirs))
        expect(mine.rcode).toBe('NOERROR')
      }
    }
  })
})
