// `forward` on the control thread: addresses, changes of files and host names, probes, own addresses, reloads.
import { beforeEach, describe, expect, test } from 'vitest'
import { createForwardComponent } from '../../../src/plugins/forward/component.ts'
import {
  type ForwardOptions,
  probeRequest,
  type Target,
} from '../../../src/plugins/forward/options.ts'
import { newOptions } from '../../../src/plugins/forward/stanza.ts'
import { UpstreamReader } from '../../../src/plugins/forward/upstream-table.ts'
import type { Host, ListenerAddress } from '../../../src/plugins/plugin.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'

const RESOLV: Target = { kind: 'file', transport: 'dns', path: '/etc/resolv.conf' }
const HOST: Target = { kind: 'host', transport: 'dns', host: 'dns.example', port: 53 }
const address = (text: string, port = 53): Target => {
  return { kind: 'address', transport: 'dns', address: text, port }
}

const LISTENERS: readonly ListenerAddress[] = [
  { server: 'dns://:53', address: '', port: 53, zones: [{ zone: '.', block: 0 }] },
]

/** A machine and a component; `apply` puts a configuration with these `forward`s in force. */
function setUp() {
  const clock = handClock()
  const lines: string[] = []
  const files: Record<string, string> = { '/etc/resolv.conf': 'nameserver 10.0.0.1\n' }
  const hosts: Record<string, readonly string[]> = { 'dns.example': ['10.1.0.1', '10.1.0.2'] }
  const probes: string[] = []
  const state = { changes: 0, alive: true, lookUp: Promise.resolve() }
  const component = createForwardComponent({
    readFile(path) {
      const text = files[path]
      if (text === undefined) throw new Error(`open ${path}: no such file or directory`)
      return text
    },
    async lookUp(host) {
      await state.lookUp
      const found = hosts[host]
      if (found === undefined) throw new Error(`lookup ${host}: no such host`)
      return found
    },
    async probe(target) {
      probes.push(`${target.transport}://${target.address}:${target.port}`)
      if (!state.alive) throw new Error('i/o timeout')
    },
    after: clock.after,
    localAddresses: () => new Set(['127.0.0.1', '10.0.0.5']),
  })
  const host = {
    log: memoryLog(lines).log,
    upstreamsChanged: () => state.changes++,
  } as unknown as Host
  type Running = ReturnType<Awaited<ReturnType<typeof component.prepare>>['commit']>
  let running: Running | undefined
  let readers: readonly UpstreamReader[] = []

  async function apply(
    forwards: readonly ForwardOptions[],
    chain: readonly string[] = ['forward'],
  ) {
    const config = { plugin: 'forward', forwards } as const
    const directives = forwards.length === 0 ? [] : [{ block: 0, config, chain }]
    const prepared = await component.prepare({ directives, hash: '' }, running, host)
    const shared = prepared.share!(LISTENERS, running) as Record<
      number,
      { upstreams: SharedArrayBuffer }[]
    >
    running = prepared.commit(running)
    readers = forwards.map(({ to }, i) => new UpstreamReader(shared[0]![i]!.upstreams, to, 0))
    return running
  }
  /** Names of the upstreams of the directives, as an answering thread sees them now. */
  const names = () =>
    readers.map((reader) => {
      reader.refresh()
      return reader.upstreams.map(({ name }) => name)
    })
  /** Lets `seconds` pass, with everything that is due. */
  async function pass(seconds: number) {
    for (let i = 0; i < seconds * 2; i++) {
      clock.advance(500)
      await new Promise(setImmediate)
    }
  }
  const since = () => lines.splice(0)
  return {
    clock,
    files,
    hosts,
    probes,
    state,
    apply,
    names,
    pass,
    since,
    reader: () => readers[0]!,
  }
}

const to = (...targets: readonly Target[]): ForwardOptions => ({ ...newOptions('.'), to: targets })

let all: ReturnType<typeof setUp>
beforeEach(() => {
  all = setUp()
})

describe('at start', () => {
  test('files are read and host names are looked up, in the order of the TOs', async () => {
    await all.apply([
      to(HOST, RESOLV, address('10.1.0.2'), address('::1', 54)),
      to(address('10.2.0.1')),
    ])
    expect(all.names()).toEqual([
      ['10.1.0.1:53', '10.1.0.2:53', '10.0.0.1:53', '[::1]:54'],
      ['10.2.0.1:53'],
    ])
    expect(all.since()).toEqual([])
  })

  test('a host name without addresses is an error', async () => {
    delete all.hosts['dns.example']
    await expect(all.apply([to(HOST)])).rejects.toMatchObject({
      code: 'UPSTREAM',
      message: 'plugin/forward: failed to resolve "dns.example": lookup dns.example: no such host',
    })
  })

  test('a file that has lost its nameservers since it was read is an error', async () => {
    all.files['/etc/resolv.conf'] = ''
    await expect(all.apply([to(RESOLV)])).rejects.toThrow(
      'plugin/forward: no valid upstream addresses found',
    )
  })

  test('a missing PEM file is an error', async () => {
    const tls = { ca: 'none.pem' }
    await expect(all.apply([{ ...to(address('10.0.0.1')), tls }])).rejects.toMatchObject({
      code: 'UPSTREAM',
    })
  })
})

describe('a file', () => {
  beforeEach(async () => {
    await all.apply([to(RESOLV)])
  })

  test('that changes replaces the upstreams within 5 seconds', async () => {
    all.files['/etc/resolv.conf'] = 'nameserver 10.0.0.2\nnameserver 10.0.0.1\n'
    await all.pass(5)
    expect(all.names()).toEqual([['10.0.0.2:53', '10.0.0.1:53']])
    expect(all.since()).toEqual([
      '[INFO] plugin/forward: upstreams for . changed from 10.0.0.1:53 to 10.0.0.2:53 and 10.0.0.1:53',
    ])
    expect(all.state.changes).toBe(1)
    await all.pass(60)
    expect([all.since(), all.state.changes]).toEqual([[], 1])
  })

  test.each([
    ['is missing', undefined, 'open /etc/resolv.conf: no such file or directory'],
    ['has no nameservers', '# none\n', 'no nameservers'],
  ])('that %s leaves the upstreams, with one warning', async (_, text, reason) => {
    if (text === undefined) delete all.files['/etc/resolv.conf']
    else all.files['/etc/resolv.conf'] = text
    await all.pass(60)
    expect(all.names()).toEqual([['10.0.0.1:53']])
    expect(all.since()).toEqual([
      `[WARNING] plugin/forward: /etc/resolv.conf: ${reason}; the upstreams stay as they were`,
    ])
    expect(all.state.changes).toBe(0)
  })
})

describe('a host name', () => {
  beforeEach(async () => {
    await all.apply([to(HOST)])
  })

  test('is looked up every 30 seconds', async () => {
    all.hosts['dns.example'] = ['10.1.0.3']
    await all.pass(29)
    expect(all.names()).toEqual([['10.1.0.1:53', '10.1.0.2:53']])
    await all.pass(1)
    expect(all.names()).toEqual([['10.1.0.3:53']])
    expect(all.state.changes).toBe(1)
  })

  test('with the same addresses in another order changes nothing', async () => {
    all.hosts['dns.example'] = ['10.1.0.2', '10.1.0.1']
    await all.pass(60)
    expect(all.names()).toEqual([['10.1.0.1:53', '10.1.0.2:53']])
    expect([all.since(), all.state.changes]).toEqual([[], 0])
  })

  test('that no longer resolves leaves the upstreams, with one warning', async () => {
    delete all.hosts['dns.example']
    await all.pass(120)
    expect(all.names()).toEqual([['10.1.0.1:53', '10.1.0.2:53']])
    expect(all.since()).toEqual([
      '[WARNING] plugin/forward: dns.example:53: failed to resolve "dns.example": lookup dns.example: no such host; the upstreams stay as they were',
    ])
  })
})

describe('after a failed query', () => {
  test('the upstream is probed until it replies; down and up are logged once', async () => {
    all.state.alive = false
    const running = await all.apply([to(address('10.0.0.9'))])
    const upstream = all.reader().upstreams[0]!
    expect(all.reader().failed(upstream)).toBe(true)
    running.receive!(probeRequest(0, 0, upstream.id))
    await all.pass(3)
    expect(all.reader().isDown(upstream)).toBe(true)
    all.state.alive = true
    await all.pass(2)
    expect(all.reader().isDown(upstream)).toBe(false)
    expect(all.since()).toEqual([
      '[WARNING] plugin/forward: upstream 10.0.0.9:53 is down: i/o timeout',
      '[INFO] plugin/forward: upstream 10.0.0.9:53 is up again',
    ])
    const sent = all.probes.length
    await all.pass(60)
    expect(all.probes).toHaveLength(sent)
    expect(all.reader().failed(upstream)).toBe(true)
  })

  test('whose line got lost, the upstream is probed within 5 seconds', async () => {
    await all.apply([to(address('10.0.0.9'))])
    all.reader().failed(all.reader().upstreams[0]!)
    await all.pass(5)
    expect(all.probes).toEqual(['dns://10.0.0.9:53'])
  })

  test.each([
    '',
    'probe',
    'probe 0 0',
    'probe 0 0 77',
    'probe 1 0 1',
    'probe 0 9 1',
    'probe x 0 1',
  ])('the line %j probes nothing', async (line) => {
    const running = await all.apply([to(address('10.0.0.9'))])
    running.receive!(line)
    await all.pass(1)
    expect(all.probes).toEqual([])
  })

  test('an upstream that is gone is not probed any longer', async () => {
    all.state.alive = false
    const running = await all.apply([to(RESOLV)])
    running.receive!(probeRequest(0, 0, all.reader().upstreams[0]!.id))
    all.files['/etc/resolv.conf'] = 'nameserver 10.0.0.2\n'
    await all.pass(6)
    const sent = all.probes.length
    await all.pass(60)
    expect(all.probes).toHaveLength(sent)
  })
})

test('places of max_concurrent that a crashed thread had are free again at once', async () => {
  const running = await all.apply([to(address('10.0.0.9'))])
  expect([all.reader().enter(1), all.reader().enter(1)]).toEqual([true, false])
  running.threadEnded!(1)
  expect(all.reader().enter(1)).toBe(false)
  running.threadEnded!(0)
  expect(all.reader().enter(1)).toBe(true)
})

describe('a reload', () => {
  test('ends a lookup that is on its way: it changes nothing any more', async () => {
    await all.apply([to(HOST)])
    const before = all.names()
    const { promise, resolve } = Promise.withResolvers<void>()
    all.state.lookUp = promise
    await all.pass(31)
    all.hosts['dns.example'] = ['10.9.9.9']
    await all.apply([to(HOST)])
    resolve()
    await all.pass(1)
    expect(all.names()).toEqual(before)
    await all.pass(31)
    expect(all.names()).toEqual([['10.9.9.9:53']])
  })

  test('keeps the state and the counters of a directive that has not changed', async () => {
    await all.apply([to(address('10.0.0.9')), to(RESOLV)])
    const reader = all.reader()
    reader.replied(reader.upstreams[0]!, 0, 777)
    await all.apply([to(address('10.0.0.8')), to(address('10.0.0.9'))])
    expect(all.names()).toEqual([['10.0.0.8:53'], ['10.0.0.9:53']])
    expect(reader.rtt(reader.upstreams[0]!)).toBe(777)
    expect(all.state.changes).toBe(0)
  })

  test('does not end a probe of an upstream that stays', async () => {
    all.state.alive = false
    const running = await all.apply([to(address('10.0.0.9'))])
    running.receive!(probeRequest(0, 0, all.reader().upstreams[0]!.id))
    await all.apply([to(address('10.0.0.9'))])
    await all.pass(3)
    expect(all.reader().isDown(all.reader().upstreams[0]!)).toBe(true)
  })

  test('gives equal directives a table each', async () => {
    await all.apply([to(RESOLV), to(RESOLV)])
    await all.apply([to(RESOLV), to(RESOLV)])
    all.reader().enter(1)
    expect(all.reader().enter(1)).toBe(false)
    all.files['/etc/resolv.conf'] = 'nameserver 10.0.0.2\n'
    await all.pass(5)
    expect(all.names()).toEqual([['10.0.0.2:53'], ['10.0.0.2:53']])
  })

  test('without `forward` ends everything', async () => {
    await all.apply([to(RESOLV)])
    const last = await all.apply([])
    await last.stop()
    expect(all.clock.waiting.filter((ms) => ms < 5000)).toEqual([])
  })
})

describe('an upstream that is this server itself', () => {
  const text =
    'upstream 127.0.0.1 port 53 is this server (dns://:53): queries for . would come back to it without end'

  test('is an error with `loop`', async () => {
    await expect(all.apply([to(address('127.0.0.1'))], ['loop', 'forward'])).rejects.toMatchObject({
      code: 'UPSTREAM',
      message: `plugin/forward: ${text}`,
    })
  })

  test('is a warning without `loop`', async () => {
    await all.apply([to(address('127.0.0.1'))])
    expect(all.since()).toEqual([`[WARNING] plugin/forward: ${text}`])
  })

  test('is neither with `rewrite`', async () => {
    await all.apply([to(address('127.0.0.1'))], ['rewrite', 'loop', 'forward'])
    expect(all.since()).toEqual([])
  })

  test('is neither by another port or by TLS', async () => {
    const tls = { kind: 'address', transport: 'tls', address: '127.0.0.1', port: 53 } as const
    await all.apply([to(address('127.0.0.1', 54), tls)], ['loop', 'forward'])
    expect(all.since()).toEqual([])
  })

  test('in a file is named with the file', async () => {
    all.files['/etc/resolv.conf'] = 'nameserver 127.0.0.53\n'
    await expect(all.apply([to(RESOLV)], ['loop', 'forward'])).rejects.toThrow(
      'upstream 127.0.0.53 port 53 of /etc/resolv.conf is this server',
    )
  })

  test('in a file that changes is not taken over with `loop`', async () => {
    await all.apply([to(RESOLV)], ['loop', 'forward'])
    all.files['/etc/resolv.conf'] = 'nameserver 10.0.0.5\n'
    await all.pass(60)
    expect(all.names()).toEqual([['10.0.0.1:53']])
    expect(all.since()).toEqual([
      '[WARNING] plugin/forward: upstream 10.0.0.5 port 53 of /etc/resolv.conf is this server (dns://:53): queries for . would come back to it without end; the upstreams stay as they were',
    ])
  })

  test('in a file that changes is a warning without `loop`', async () => {
    await all.apply([to(RESOLV)])
    all.files['/etc/resolv.conf'] = 'nameserver 10.0.0.5\n'
    await all.pass(5)
    expect(all.names()).toEqual([['10.0.0.5:53']])
    expect(all.since()).toHaveLength(2)
    expect(all.state.changes).toBe(1)
  })
})
