// Mutates kept inputs at full speed.
import { createRandom } from '../support/random.ts'
import type { Sample } from './input.ts'
import { mutate } from './mutate.ts'
import { MAX_FINDINGS, type Runner } from './runner.ts'

/** Runs after which the target settles, and the limits are looked at. */
const ROUND = 256

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
    for (let i = 0; i < ROUND; i++) {
      input.load(random.pick(kept))
      mutate(input, random, random.pick(kept))
      if (!runner.run()) await runner.found()
    }
    await runner.settle()
  }
}
