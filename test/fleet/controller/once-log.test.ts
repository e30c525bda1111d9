import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { OnceLog } from '../../../src/fleet/controller/once-log.ts'
import { memoryLog } from '../../support/memory-log.ts'

test('each warning is logged once', () => {
  const lines: string[] = []
  const log = new OnceLog(memoryLog(lines).log)
  for (const text of ['a', 'b', 'a']) log.warning(text)
  expect(lines).toEqual(['[WARNING] a', '[WARNING] b'])
})

test('memory is bounded: a warning is logged again after 5,000 others', () => {
  const lines: string[] = []
  const log = new OnceLog(memoryLog(lines).log)
  for (let i = 0; i < 5000; i++) log.warning(`${i}`)
  log.warning('0')
  expect(lines).toHaveLength(5000)
  log.warning('one more')
  log.warning('0')
  expect(lines.slice(5000)).toEqual(['[WARNING] one more', '[WARNING] 0'])
})

test('of a long warning only a hash is kept', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const { log } = memoryLog([])
  const once = new OnceLog({ ...log, warning: () => {} })
  const bytes = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = bytes()
  for (let i = 0; i < 300; i++) once.warning(`${i}${'x'.repeat(1_000_000)}`)
  expect(bytes() - before).toBeLessThan(30_000_000)
  once.warning('after')
})
