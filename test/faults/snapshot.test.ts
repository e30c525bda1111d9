// A process that writes snapshots is killed with SIGKILL at any point. Its file is then the last one that was written or
// the one that was about to be, complete in both cases; what it left beside the file goes at the next start.
//
// A sample by default, 500 times with FAULTS=all; repeat one seed with SEED=n.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readSnapshot } from '../../src/sources/snapshot/read.ts'
import { removeLeftovers } from '../../src/sources/snapshot/write.ts'
import { startChild } from '../support/child.ts'
import { createRandom } from '../support/random.ts'
import { ORIGIN } from '../support/snapshot-objects.ts'
import { waitFor } from '../support/wait-for.ts'
import { ALL_FAULTS } from './extent.ts'

const KILLS = ALL_FAULTS ? 500 : 25
const SEED = Number(process.env.SEED ?? 1)
const PROGRAM = join(import.meta.dirname, '../support/snapshot-child.ts')

/** The number of the last line `what NUMBER` of a program. */
function last(output: string, what: string): number {
  return Number([...output.matchAll(new RegExp(`^${what} (\\d+)\n`, 'gm'))].at(-1)?.[1] ?? -1)
}

test(`killed ${KILLS} times, the file is always a complete one`, {
  timeout: 1_200_000,
}, async () => {
  const random = createRandom(SEED)
  const folder = mkdtempSync(join(tmpdir(), 'snapshot-kill-'))
  const file = join(folder, 'objects')
  let written = -1
  let leftovers = 0
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startChild('the writer', process.execPath, [
        PROGRAM,
        file,
        String(written + 1),
        JSON.stringify(ORIGIN),
      ])
      const begun = () => last(child.output(), 'begun') > written
      await waitFor('it writes', begun, { everyMs: 1, detail: child.tail, timeoutMs: 60_000 })
      // A write takes some milliseconds, or some hundred on a busy machine.
      await delay(random.int(random.pick([10, 40, 400])))
      await child.kill9()
      const output = child.output()
      const [started, ended] = [last(output, 'begun'), Math.max(written, last(output, 'written'))]
      leftovers += readdirSync(folder).filter((name) => name !== 'objects').length
      const texts = new Set<string>()
      const options = { file, origin: ORIGIN, maxAgeMs: 0, now: Date.now() }
      const read = readSnapshot(options, ({ text }) => texts.add(text))
      expect(texts.size, `kill ${kill}`).toBe(read === undefined ? 0 : 1)
      const found = read === undefined ? -1 : Number([...texts][0])
      expect([ended, started], `kill ${kill}`).toContain(found)
      await removeLeftovers(file)
      expect(readdirSync(folder)).toEqual(read === undefined ? [] : ['objects'])
      written = found
    }
    // Kills also come while a snapshot is written, not only between two, and also after one.
    expect(leftovers).toBeGreaterThan(KILLS / 10)
    expect(written).toBeGreaterThan(KILLS / 10)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
