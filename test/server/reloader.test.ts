// Reloads of the Corefile, without files and servers.
import { expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { Reloader } from '../../src/server/reloader.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

function open() {
  const config = (hash: string): Config => ({ blocks: [], groups: [], hash, warnings: [] })
  const lines: string[] = []
  const applied: string[] = []
  let current = config('a')
  let file = 'a'
  let gate: Promise<void> = Promise.resolve()
  let failures = 0
  const bad = new Set<string>()
  const reloader = new Reloader({
    load: (onRead) => {
      onRead(file)
      if (file.startsWith('invalid')) throw new Error('Unknown directive')
      return config(file)
    },
    loadFailed: () => failures++,
    apply: async (next) => {
      applied.push(next.hash)
      await gate
      if (bad.has(next.hash)) throw new Error('refused')
      current = next
    },
    current: () => current,
    announce: () => {},
    log: memoryLog(lines).log,
  })
  const write = (hash: string) => {
    file = hash
  }
  /** Holds the next reload until the returned function is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    return resolve
  }
  return {
    reloader,
    lines,
    applied,
    bad,
    write,
    hold,
    current: () => current.hash,
    failures: () => failures,
  }
}

test('a poll reloads when the Corefile changed, and only then', async () => {
  const { reloader, applied, write } = open()
  await reloader.poll()
  write('b')
  await reloader.poll()
  await reloader.poll()
  expect(applied).toEqual(['b'])
})

test('SIGUSR1 reloads without a change', async () => {
  const { reloader, applied } = open()
  await reloader.now()
  expect(applied).toEqual(['a'])
})

test('a Corefile that failed is tried again once it was another one', async () => {
  const { reloader, applied, bad, write } = open()
  bad.add('b')
  write('b')
  await reloader.poll()
  await reloader.poll()
  expect(applied).toEqual(['b'])
  write('a')
  await reloader.poll()
  write('b')
  await reloader.poll()
  expect(applied).toEqual(['b', 'b'])
})

test('a Corefile that cannot be parsed fails once for each content, with one ERROR', async () => {
  const { reloader, lines, applied, failures, write } = open()
  for (const text of ['invalid 1', 'invalid 1', 'invalid 2', 'a', 'invalid 2']) {
    write(text)
    await reloader.poll()
  }
  const error = '[ERROR] plugin/reload: Corefile parse failed: Unknown directive'
  expect([applied, failures(), lines]).toEqual([[], 3, [error, error, error]])
})

test.each([
  ['poll', '[ERROR] plugin/reload: Corefile changed but reload failed: refused'],
  ['now', '[ERROR] SIGUSR1: starting with listener file descriptors: refused'],
] as const)(
  'a configuration that cannot be served is told with one ERROR (%s)',
  async (how, line) => {
    const { reloader, lines, bad, write, current } = open()
    bad.add('b')
    write('b')
    await reloader[how]()
    expect(current()).toBe('a')
    expect(lines.filter((text) => text.startsWith('[ERROR]'))).toEqual([line])
  },
)

test('a stop waits for the running reload and lets no other begin', async () => {
  const { reloader, applied, write, hold, current } = open()
  write('b')
  const release = hold()
  const running = reloader.poll()
  await waitFor('the reload runs', () => applied.length === 1)
  const stopped = reloader.stop()
  write('c')
  const later = reloader.now()
  release()
  await Promise.all([running, stopped, later])
  expect([applied, current()]).toEqual([['b'], 'b'])
})
