// The control thread of a real server stands still under constant questions: it compiles, watches, logs and serves HTTP,
// but it answers no question.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALL_FAULTS } from '../extent.ts'
import { imported } from './clusterset.ts'
import { recordCost } from './cost.ts'
import { expectNoLoss } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'

const STALL_MS = ALL_FAULTS ? 10_000 : 2000

let rig: Rig
beforeAll(async () => {
  // A line for each question goes through the control thread.
  rig = await startRig({ directives: ['log'] })
}, START_MS)
afterAll(() => rig?.stop())

test('a control thread that stands still costs no answer, and catches up', async () => {
  const descriptors = await rig.descriptorsAsNow()
  await rig.asking.begin()
  const stalled = rig.agent.stall(STALL_MS)
  rig.api.put(imported('meanwhile', '10.10.0.9'))
  await stalled
  await rig.imports('meanwhile', 'NOERROR')
  await rig.asking.answered()
  const books = await rig.asking.end()
  expectNoLoss(books)
  await rig.server.ready(START_MS)
  await rig.seesChanges()
  expect(await rig.descriptors()).toBeLessThanOrEqual(descriptors)
  await recordCost('control thread', `stands still for ${STALL_MS / 1000} s`, books)
}, 400_000)
