// Looks for inputs that run blocks of the product which no input before has run, and keeps them for the fast runs. Runs in
// a thread of its own: code that V8 has compiled to count its blocks stays several times slower.
import { createRandom } from '../support/random.ts'
import { Coverage } from './coverage.ts'
import type { Sample } from './input.ts'
import { mutate } from './mutate.ts'
import { MAX_FINDINGS, type Runner } from './runner.ts'

/** Runs after which the coverage is read: doubled while nothing is new. */
const FIRST_BATCH = 64
const LAST_BATCH = 4096

export interface Explored {
  /** The seeds, and the inputs that ran more blocks. */
  readonly kept: readonly Sample[]
  /** The number of blocks of the product that all kept inputs run. */
  readonly blocks: number
}

/** Explores with `packets` packets; `goesOn` is called after each batch. */
export async function explore(
  runner: Runner,
  seeds: readonly Sample[],
  seed: number,
  packets: number,
  goesOn: () => Promise<boolean>,
): Promise<Explored> {
  const random = createRandom(seed)
  const coverage = new Coverage()
  const kept = [...seeds]
  coverage.start()
  for (const sample of kept) await runner.runSample(sample)
  coverage.add(coverage.fresh())
  let size = FIRST_BATCH
  while (runner.packets < packets && runner.findings < MAX_FINDINGS && (await goesOn())) {
    const batch: Sample[] = []
    for (let i = 0; i < size; i++) {
      runner.input.load(random.pick(kept))
      mutate(runner.input, random, random.pick(kept))
      batch.push(runner.input.sample())
      if (!runner.run()) await runner.found()
    }
    await runner.settle()
    const fresh = coverage.fresh()
    if (fresh.length > 0) kept.push(await firstOf(batch, fresh, runner, coverage))
    size = fresh.length > 0 ? FIRST_BATCH : Math.min(LAST_BATCH, 2 * size)
  }
  coverage.stop()
  return { kept, blocks: coverage.blocks }
}

/** The input of a batch that runs new blocks, found by halving; only its own blocks count as known then. */
async function firstOf(
  batch: readonly Sample[],
  fresh: readonly string[],
  runner: Runner,
  coverage: Coverage,
): Promise<Sample> {
  let rest = batch
  let blocks = fresh
  while (rest.length > 1) {
    const half = rest.slice(0, rest.length >>> 1)
    for (const sample of half) await runner.runSample(sample)
    await runner.settle()
    const found = coverage.fresh()
    // If the other half runs them no more, they needed a history, and its first input is kept for nothing.
    rest = found.length > 0 ? half : rest.slice(half.length)
    if (found.length > 0) blocks = found
  }
  coverage.add(blocks)
  return rest[0]!
}
