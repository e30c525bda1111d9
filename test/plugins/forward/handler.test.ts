import { describe, expect, onTestFinished, test } from 'vitest'
import { compose, emptyReply } from '../../../src/plugins/chain.ts'
import { forwardHandler } from '../../../src/plugins/forward/handler.ts'
import type { ForwardConfig, ForwardOptions } from '../../../src/plugins/forward/options.ts'
import { forwardRuntime } from '../../../src/plugins/forward/runtime.ts'
import { queryOf } from '../../support/chain-query.ts'
import { type ForwardingOptions, forwardingTo, outcomeOf } from '../../support/forwarding.ts'
import { freePort } from '../../support/free-port.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { startUpstream, type Upstream } from '../../support/upstream-server.ts'

async function upstream(): Promise<Upstream> {
  const server = await startUpstream()
  onTestFinished(() => server.stop())
  return server
}

/** Asks a block with one `forward` for each of `options`, and a plugin behind them that replies NOTIMP. */
async function ask(labels: string, ...options: readonly ForwardOptionsOf[]) {
  const servers = await Promise.all(options.map(upstream))
  const forwarders = servers.map(
    ({ address }, i) => forwardingTo([address], { options: options[i]! }).forwarder,
  )
  const last = { name: 'last', handle: async () => emptyReply(4) }
  const chain = compose([forwardHandler(() => forwarders), last])
  const answer = await chain(queryOf({ name: `${labels}.upstream.test`, type: 'A' }))
  return { outcome: outcomeOf(answer), asked: servers.map((server) => server.count()) }
}

type ForwardOptionsOf = NonNullable<ForwardingOptions['options']>

describe('several forwards of a block', () => {
  test.each<[string, string, readonly ForwardOptionsOf[], readonly number[]]>([
    ['the first one that covers the name is asked', 'www', [{}, {}], [1, 0]],
    ['a name outside of the first goes to the second', 'www', [{ from: 'example.' }, {}], [0, 1]],
    ['an excepted name goes to the second', 'www', [{ except: ['upstream.test.'] }, {}], [0, 1]],
    ['next: the second resolves the query', 'nxdomain', [{ next: [3] }, {}], [1, 1]],
    [
      'next_on_nodata: the second resolves the query',
      'nodata',
      [{ nextOnNodata: true }, {}],
      [1, 1],
    ],
    ['next without a second forward: the reply is the answer', 'nxdomain', [{ next: [3] }], [1]],
  ])('%s', async (_rule, labels, options, expected) => {
    const { outcome, asked } = await ask(labels, ...options)
    expect(asked).toEqual(expected)
    expect(outcome.reply).toBeDefined()
  })

  test.each<[string, readonly ForwardOptionsOf[]]>([
    ['a name that no forward covers', [{ from: 'example.' }]],
    [
      'next to a second forward that does not cover the name',
      [{ next: [3] }, { from: 'example.' }],
    ],
  ])('%s goes to the next plugin', async (_rule, options) => {
    expect((await ask('nxdomain', ...options)).outcome).toEqual({ rcode: 4, error: undefined })
  })
})

test('the last handler of a block names itself when no plugin follows', async () => {
  const { forwarder } = forwardingTo([`127.0.0.1:53`], { options: { from: 'example.' } })
  const chain = compose([forwardHandler(() => [forwarder])])
  const outcome = outcomeOf(await chain(queryOf({ name: 'a.test', type: 'A' })))
  expect(outcome).toEqual({ rcode: 2, error: 'plugin/forward: no next plugin found' })
})

describe('the runtime', () => {
  test('shares its forwarders between listeners and protocols, and requests probes', async () => {
    const server = await upstream()
    const { options, writer } = forwardingTo([server.address])
    const dead = forwardingTo([`127.0.0.1:${await freePort()}`], {
      options: { maxConnectAttempts: 1 },
    })
    const config: ForwardConfig = { plugin: 'forward', forwards: [withFrom(dead.options), options] }
    const shared = {
      3: [dead, { writer }].map((each) => ({ upstreams: each.writer.buffer, tls: {} })),
    }
    const reports: string[] = []
    const report = (line: string) => void reports.push(line)
    const links = (['tcp', 'udp'] as const).map((protocol) =>
      forwardRuntime(config, runtimeContext({ block: 3, protocol, shared, report })),
    )
    for (const { handler } of links) {
      const chain = compose([handler!])
      const query = queryOf({ name: 'www.upstream.test', type: 'A' }, { protocol: 'tcp' })
      expect(outcomeOf(await chain(query)).reply).toBeDefined()
      await chain(queryOf({ name: 'dead.example', type: 'A' }))
    }
    expect(server.connections()).toBe(1)
    expect(reports).toEqual(['probe 3 0 1'])
  })
})

function withFrom(options: ForwardOptions): ForwardOptions {
  return { ...options, from: 'example.' }
}
