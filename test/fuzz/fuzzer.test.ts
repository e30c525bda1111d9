// The fuzzer itself: it finds what is wrong, makes it small, and says how to repeat it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import { ReplyWalk, walkReply } from '../../src/dns/reply-walk.ts'
import { replyTo } from '../plugins/cache/upstream-reply.ts'
import { encodeQuery } from '../support/dns-encode.ts'
import { createRandom } from '../support/random.ts'
import { parseArguments, usage } from './arguments.ts'
import { checkReply } from './check-reply.ts'
import { parseSample, readCorpus, writeFinding } from './corpus.ts'
import { fuzz } from './engine.ts'
import { explore } from './explore.ts'
import { FakeKernel } from './fake-kernel.ts'
import { Input, PART_MAX, type Sample, splice } from './input.ts'
import { mutate } from './mutate.ts'
import { Output } from './output.ts'
import { resultText, summary, type TargetResult } from './result.ts'
import { type Finding, Runner } from './runner.ts'
import { PLAIN, zoneQueries } from './seeds.ts'
import { type TargetKind, Violation } from './target.ts'
import { loadTarget, targets } from './targets.ts'
import { allowedSize } from './wire.ts'

const query = Uint8Array.from(
  encodeQuery({ name: 'www.example.org.', type: 'A', id: 7, edns: { size: 1232 } }),
)
const bare = Uint8Array.from(encodeQuery({ name: 'www.example.org.', type: 'A', id: 7 }))
const answers = ['www.example.org. 60 A 192.0.2.1']
const good = Uint8Array.from(replyTo(query, { answers, opt: {} }))

/** `good` with other bytes. */
function changed(at: number, ...bytes: readonly number[]): Uint8Array {
  return good.with(at, bytes[0]!).map((byte, i) => bytes[i - at] ?? byte)
}

describe('a reply', () => {
  const check = (to: Uint8Array, reply: Uint8Array, most = 1232) => {
    checkReply(to, to.length, reply, 0, reply.length, most, 'own')
  }

  test('that is right passes', () => {
    expect(() => check(query, good)).not.toThrow()
  })

  const typeAt = 12 + 17
  test.each([
    ['to less than a header', query.slice(0, 11), good, 1232, 'without a header'],
    ['to a reply', query.with(2, 0x81), good, 1232, 'a reply got a reply'],
    ['of too many bytes', query, good, good.length - 1, 'more than'],
    ['with another id', query, changed(1, 8), 1232, 'another id'],
    ['without QR', query, changed(2, 1), 1232, 'QR'],
    ['to another question', query, changed(13, 0x78), 1232, 'another question'],
    ['to the question in other letters', query, changed(13, 0x57), 1232, 'another question'],
    ['to another type', query, changed(typeAt, 0, 2), 1232, 'another question'],
    ['with a record too few', query, changed(6, 0, 2), 1232, 'malformed record'],
    ['with a byte too many', query, Uint8Array.of(...good, 0), 1232, 'behind'],
    ['with a pointer forwards', query, changed(typeAt + 4, 0xc0, 200), 1232, 'malformed record'],
    ['with an address of 3 bytes', query, changed(typeAt + 15, 3), 1232, 'malformed record'],
    ['with OPT although the query has none', bare, good, 1232, 'has OPT'],
  ] as const)('%s is a violation', (_what, to, reply, most, text) => {
    expect(() => check(to, reply, most)).toThrow(text)
  })

  test.each([
    ['without OPT', bare, 512],
    ['with an OPT of 1232', query, 1232],
    ['with an OPT of less than 512', withSize(100), 512],
    ['with an OPT of more than the most', withSize(4096), 2000],
  ])('%s may have at most %i bytes', (_what, to, size) => {
    expect(allowedSize(to, to.length, 2000)).toBe(size)
  })
})

function withSize(size: number): Uint8Array {
  return Uint8Array.from(encodeQuery({ name: 'www.example.org.', type: 'A', edns: { size } }))
}

test.each([
  ['before its space', -1, 100],
  ['behind its limit', 100, 100],
])('a reply that is written %s is a violation', (_what, offset, limit) => {
  const output = new Output()
  output.prepare(limit)
  expect(() => output.check(limit, limit)).not.toThrow()
  output.bytes[output.at + offset] = 0
  expect(() => output.check(limit, limit)).toThrow('outside')
})

test('a system call with memory that is not allocated is a violation', () => {
  const { libc } = new FakeKernel(() => {})
  const memory = libc.allocate(64)
  expect(() => libc.sendmmsg(1, memory.address, 2, 0)).toThrow('nobody allocated')
  memory.free()
})

/** A target that fails for a TTL of 2^32 - 1 in a well-formed reply. */
const faulty: TargetKind = {
  name: 'faulty',
  seeds: () => [[good, PLAIN]],
  create: async () => {
    const walk = new ReplyWalk()
    return {
      run(input) {
        const { bytes, length } = input.parts[0]!
        if (!walkReply(bytes, 0, length, walk)) return 1
        for (let i = 0; i < walk.records; i++) {
          const at = walk.ttlAt[i]!
          if (bytes[at] === 0xff && bytes[at + 3] === 0xff) throw new Violation('a TTL')
        }
        return 1
      },
    }
  },
}

describe('a fault', () => {
  test('is found once, minimized, and repeats', async () => {
    const findings: Finding[] = []
    const runner = await Runner.create(faulty, new Input(), [], (one) => findings.push(one))
    await fuzz(runner, faulty.seeds(), 3, 20_000, async () => true)
    expect(findings.map(({ message, isAlone }) => [message, isAlone])).toEqual([
      ['Violation: a TTL', true],
    ])
    // Little more than a header, a question about the root, and one record.
    expect(findings[0]!.sample[0]!.length).toBeLessThan(2 * (12 + 5 + 11))
  })

  test('that needs earlier inputs is reported as such', async () => {
    let runs = 0
    const counting: TargetKind = {
      ...faulty,
      create: async () => ({
        run: () => {
          if (++runs === 500) throw new Violation('the 500th')
          return 1
        },
      }),
    }
    const findings: Finding[] = []
    const runner = await Runner.create(counting, new Input(), [], (one) => findings.push(one))
    await fuzz(runner, counting.seeds(), 3, 1000, async () => true)
    expect(findings.map(({ isAlone }) => isAlone)).toEqual([false])
  })
})

test('exploring keeps inputs that run code which no seed runs', async () => {
  const kind = await loadTarget('parser')
  const seeds: readonly Sample[] = [[bare, PLAIN]]
  const runner = await Runner.create(kind, new Input(), [], () => {})
  const { kept, blocks } = await explore(runner, seeds, 5, 3000, async () => true)
  runner.close()
  expect(kept.length).toBeGreaterThan(seeds.length)
  expect(blocks).toBeGreaterThan(0)
})

describe('mutations', () => {
  test('are the same for the same seed, and stay inside of their parts', () => {
    const samples = zoneQueries().map((message) => [message, PLAIN])
    const run = () => {
      const random = createRandom(11)
      const input = new Input()
      return Array.from({ length: 3000 }, () => {
        input.load(random.pick(samples))
        mutate(input, random, random.pick(samples))
        for (const { length } of input.parts.slice(0, input.count)) {
          if (!(length >= 0 && length <= PART_MAX)) throw new Error(`a part of ${length} bytes`)
        }
        return input.sample()
      })
    }
    expect(run()).toEqual(run())
  })

  test.each([
    [[1, 2, 3, 4], 1, 2, [9, 8, 7], [1, 9, 8, 7, 4]],
    [[1, 2, 3, 4], 4, 0, [9], [1, 2, 3, 4, 9]],
    [[1, 2, 3, 4], 0, 4, [], []],
    [[1, 2, 3, 4], 1, 3, [9], [1, 9]],
  ])('%j with %i, %i, %j becomes %j', (before, at, removed, source, after) => {
    const input = new Input()
    input.load([Uint8Array.from(before), PLAIN])
    splice(input.parts[0]!, at, removed, Uint8Array.from(source), 0, source.length)
    expect([...input.sample()[0]!]).toEqual(after)
  })
})

describe('the corpus', () => {
  const folder = `${mkdtempSync(`${tmpdir()}/fuzz-`)}/`
  afterAll(() => rmSync(folder, { recursive: true }))

  test('has each finding in a file, with comments and empty parts', () => {
    const sample = [Uint8Array.of(1, 255), new Uint8Array(0), PLAIN]
    const path = writeFinding('parser', sample, ['a text'], folder)
    expect([...readCorpus('parser', folder).values()]).toEqual([sample])
    expect(path).toMatch(/\/parser\/[0-9a-f]{12}\.hex$/)
    expect(readCorpus('none', folder).size).toBe(0)
  })

  test('ignores comments', () => {
    expect(parseSample('# text\n01ff # more\n-\n')).toEqual([
      Uint8Array.of(1, 255),
      new Uint8Array(0),
    ])
  })
})

describe('the command line', () => {
  const infinite = Number.POSITIVE_INFINITY
  test.each([
    [[], { packets: 1e8, seconds: infinite, record: false, targets: [...targets.keys()] }],
    [['--packets', '1e9'], { packets: 1e9, seconds: infinite }],
    [['--seconds', '5', 'tcp'], { packets: infinite, seconds: 5, targets: ['tcp'] }],
    [['--seed', '0', '--workers', '1', '--record'], { seed: 0, workers: 1, record: true }],
  ])('%j', (args, expected) => {
    expect(parseArguments(args)).toMatchObject(expected)
  })

  test.each([
    [['nobody'], 'unknown target "nobody"; targets are parser'],
    [['--packets', 'many'], '--packets must be a whole number of at least 1, not "many"'],
    [['--seconds', '0'], '--seconds must be a whole number of at least 1'],
    [['--seconds', '1', '--packets', '1'], 'exclude each other'],
    [['--what'], "Unknown option '--what'"],
  ])('%j is refused', (args, text) => {
    expect(() => parseArguments(args)).toThrow(text)
  })

  test('help names all targets', () => {
    expect(parseArguments(['--help'])).toBeUndefined()
    for (const name of targets.keys()) expect(usage()).toContain(`  ${name} `)
  })
})

test('a result has a row for each target, its findings and the seed', () => {
  const sample = { rss: 50e6, heap: 10e6 }
  const status = { packets: 2000, runs: 1, kept: 3, blocks: 4, phase: 'mutate' } as const
  const memory = { early: sample, late: sample }
  const one: TargetResult = {
    ...{ target: 'tcp', findings: ['a text'], isDone: true, status, memory, seconds: 5 },
  }
  const results = new Map([['tcp', one]])
  const facts = {
    ...{ commit: 'abc', day: '2026-01-01', cores: 2, node: 'v26.1.0', isInterrupted: true },
  }
  const text = resultText(results, 77, facts)
  expect(text).toContain('--seed 77` at commit abc, on 2026-01-01')
  expect(text).toContain('| tcp | 2,000 | 5 | 3 | 4 | 1 | 50, 50 | 10, 10 |')
  expect(text).toContain('2,000 packets in total, when it was interrupted.')
  expect(text).toContain('- tcp: a text')
  expect(summary(results, 77, true)).toContain(
    'interrupted after 2,000 packets, 1 findings, seed 77',
  )
})
