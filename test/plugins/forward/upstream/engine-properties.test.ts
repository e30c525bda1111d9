// The engine against upstreams that lose, delay, repeat, forge and mutilate replies, refuse, and change: every question
// has one outcome before its deadline, a reply is one to its own question, and nothing stays behind.
import { expect, test } from 'vitest'
import { decodeMessage } from '../../../support/dns-decode.ts'
import { createRandom } from '../../../support/random.ts'
import { A, B, C, flipped, replyTo, type Sent, setUpstreams, setup } from './fake-host.ts'

const POLICIES = ['random', 'round_robin', 'sequential'] as const
const STEPS = 1000

test.each([1, 2, 3, 4, 5, 6])('upstreams that misbehave (seed %i)', (seed) => {
  const random = createRandom(seed)
  const options = {
    policy: random.pick(POLICIES),
    readTimeoutMs: random.pick([200, 2000]),
    maxConnectAttempts: random.pick([0, 1, 4]),
    maxConcurrent: random.pick([0, 40]),
  }
  const all = setup([{ options, upstreams: [A, B, C] }], 64, seed)
  const { host, engine, ask, writers } = all
  const asked = new Map<number, { readonly name: string; readonly at: number }>()
  const late: { readonly at: number; readonly sent: Sent }[] = []
  let seen = 0
  const behave = (sent: Sent) => {
    const { fd } = sent
    switch (random.int(12)) {
      case 0:
        return
      case 1:
        late.push({ at: host.now + random.int(6000), sent })
        return
      case 2:
        host.sockets.deliver(fd, replyTo(sent), replyTo(sent), replyTo(sent))
        return
      case 3:
        host.sockets.deliver(fd, flipped(sent, random.int(4) - 2, 1 << random.int(8)))
        return
      case 4:
        host.sockets.deliver(fd, replyTo(sent).subarray(0, random.int(60)))
        return
      case 5: {
        // A forger that knows the question and the port, and not the id.
        const forged = Array.from({ length: 64 }, () => {
          const reply = replyTo(sent)
          reply[0] = random.int(256)
          reply[1] = random.int(256)
          reply[reply.length - 1] = 66
          return (reply[0] << 8) + reply[1] === (sent.bytes[0]! << 8) + sent.bytes[1]!
            ? replyTo(sent)
            : reply
        })
        host.sockets.deliver(fd, ...forged)
        return
      }
      case 6:
        if (host.sockets.open_.has(fd)) host.sockets.fail(fd, 'ECONNREFUSED')
        return
      default:
        host.sockets.deliver(fd, replyTo(sent))
    }
  }
  const advance = (ms: number) => {
    host.now += ms
    engine.tick()
    engine.flush()
    const fresh = host.sockets.sent.slice(seen)
    seen = host.sockets.sent.length
    for (const sent of fresh) behave(sent)
    for (const [i, { at, sent }] of late.entries()) {
      if (at > host.now) continue
      late.splice(i, 1)
      host.sockets.deliver(sent.fd, replyTo(sent))
      break
    }
  }
  for (let step = 0; step < STEPS; step++) {
    for (let i = random.int(4); i > 0; i--) {
      const name = `name${random.int(200)}.example.org`
      asked.set(ask(name, random.int(65536)), { name, at: host.now })
    }
    if (random.chance(1)) setUpstreams(writers[0]!, random.some([A, B, C], 60).concat(A))
    if (random.chance(1)) host.sockets.openErrors.set(B, 'EMFILE')
    else host.sockets.openErrors.delete(B)
    const entry = writers[0]!.entries[0]!
    if (random.chance(2)) writers[0]!.setDown(entry, random.chance(50))
    if (random.chance(5)) writers[0]!.probed(entry)
    advance(random.int(30))
    for (const [waiter, { at }] of asked) {
      if (host.outcomes.has(waiter)) asked.delete(waiter)
      else expect(host.now - at, 'the deadline').toBeLessThan(5100)
    }
  }
  for (let i = 0; i < 400; i++) advance(20)
  expect([engine.pending, engine.tick()]).toEqual([0, -1])
  engine.close()
  expect(host.sockets.open_.size).toBe(0)
  const kinds = new Set([...host.outcomes.values()].map(({ what }) => what))
  expect(kinds).toContain('replied')
})

test('a reply is never one to another question', () => {
  const random = createRandom(9)
  const { host, engine, ask, pass } = setup([{ upstreams: [A] }])
  const names = new Map<number, string>()
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < 20; i++) {
      const name = `${random.int(500)}.example.org`
      names.set(ask(name), name)
    }
    engine.flush()
    // Every reply goes to every socket, in any order.
    const fresh = host.sockets.sent.splice(0)
    for (const fd of new Set(fresh.map((sent) => sent.fd))) {
      const replies = fresh.map(replyTo)
      for (let i = 0; i < replies.length; i += 64) {
        host.sockets.deliver(fd, ...replies.slice(i, i + 64))
      }
    }
    pass(10)
  }
  for (const [waiter, outcome] of host.outcomes) {
    if (outcome.what !== 'replied') throw new Error(outcome.what)
    expect(decodeMessage(outcome.reply).questions[0]?.name).toBe(`${names.get(waiter)}.`)
  }
  expect(host.outcomes.size).toBe(4000)
})
