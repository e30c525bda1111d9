// Mutates kept inputs at full speed.
import { createRandom } from '../support/random.ts'
import type { Sample } from './input.ts'
import { mutateOnce } from './mutate.ts'
import { MAX_FINDINGS, type Runner } from './runner.ts'

/** Runs after which the target settles, and the limits are looked at. */
const ROUND = 256
/** The most mutations of one kept input. */
const MAX_MUTATIONS = 8

/** Fuzzes until `packets` are used up, there are too many findings, or `goesOn`, which each round calls, says no. */
export async function fuzz(
  runner: Runner,
  kept: readonly Sample[],
  seed: number,
  packets: number,
  goesOn: () => Promise<boolean>,
): Promise<void> {
  const random = createRandom(seed)
  const { input } = runner
  while (runner.packets < packets && runner.findings < MAX_FINDINGS && (await goesOn())) {
    for (let i = 0; i < ROUND; ) {
      input.load(random.pick(kept))
      const other = random.pick(kept)
      // Each mutation is run, so that little time is spent on anything else.
      for (let left = 1 + random.int(MAX_MUTATIONS); left > 0; left--) {
        mutateOnce(input, random, other)
        i++
        if (runner.run()) continue
        await runner.found()
        break
      }
    }
    await runner.settle()
  }
}
