// A short run of all fuzz targets, and all inputs that were findings once. `npm run test:fuzz` runs them for longer.
import { describe, expect, test } from 'vitest'
import { readCorpus } from './corpus.ts'
import { fuzz } from './engine.ts'
import { Input } from './input.ts'
import { type Finding, faultOf, Runner } from './runner.ts'
import { loadTarget, targets } from './targets.ts'

const FIXED_SEED = 1
const SEED = Math.floor(Math.random() * 2 ** 31)
/** Enough for a second. */
const PACKETS = 20_000

const kinds = await Promise.all([...targets.keys()].map(loadTarget))

describe.each(kinds)('$name', (kind) => {
  test.each([FIXED_SEED, SEED])('has no finding (seed %i)', async (seed) => {
    const findings: Finding[] = []
    const runner = await Runner.create(kind, new Input(), [], (finding) => findings.push(finding))
    await fuzz(runner, kind.seeds(), seed, PACKETS, async () => true)
    runner.close()
    expect(findings.map(({ message, sample }) => [message, ...hex(sample)])).toEqual([])
    expect(runner.packets).toBeGreaterThanOrEqual(PACKETS)
  })

  test('has no finding that it had before', async () => {
    for (const [file, sample] of readCorpus(kind.name)) {
      expect([file, await faultOf(kind, sample)]).toEqual([file, undefined])
    }
  })

  test('takes all its seeds', async () => {
    const faults = []
    for (const sample of kind.seeds().slice(0, 20)) faults.push(await faultOf(kind, sample))
    expect(faults.filter((fault) => fault !== undefined)).toEqual([])
  })
})

function hex(sample: readonly Uint8Array[]): readonly string[] {
  return sample.map((part) => Buffer.from(part).toString('hex'))
}
