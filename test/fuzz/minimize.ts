// Makes an input smaller as long as it stays a finding.
import type { Sample } from './input.ts'

/** The most runs for one finding. */
const MAX_RUNS = 1000

/** The smallest input that was found for which `isFinding` holds, as it does for `sample`. */
export async function minimize(
  sample: Sample,
  isFinding: (smaller: Sample) => Promise<boolean>,
): Promise<Sample> {
  let best = sample
  let runs = 0
  const attempt = async (smaller: Sample): Promise<boolean> => {
    if (runs++ >= MAX_RUNS || !(await isFinding(smaller))) return false
    best = smaller
    return true
  }
  for (let before: Sample | undefined; before !== best && runs < MAX_RUNS; ) {
    before = best
    // The last part has the control bytes.
    for (let i = best.length - 2; i >= 0 && best.length > 2; i--)
      await attempt(best.toSpliced(i, 1))
    for (let i = 0; i < best.length; i++) await shorten(i)
    for (let i = 0; i < best.length; i++) await clear(i)
  }
  return best

  async function shorten(i: number): Promise<void> {
    for (let size = best[i]!.length >>> 1; size > 0; size >>>= 1) {
      for (let at = best[i]!.length - size; at >= 0; at -= size) {
        const part = best[i]!
        if (at + size > part.length) continue
        const smaller = Uint8Array.of(...part.subarray(0, at), ...part.subarray(at + size))
        await attempt(best.with(i, smaller))
      }
    }
  }

  async function clear(i: number): Promise<void> {
    for (let at = 0; at < best[i]!.length; at++) {
      if (best[i]![at] === 0) continue
      const cleared = Uint8Array.from(best[i]!)
      cleared[at] = 0
      await attempt(best.with(i, cleared))
    }
  }
}
