// Viewers that do not read: they get later what changed meanwhile, at once, or are disconnected.
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { embeddedSource } from '../../../src/cli/demo-page.ts'
import { PageFeed } from '../../../src/cli/page/feed.ts'
import { ServiceHistory } from '../../../src/fleet/page/history.ts'
import { FleetPage } from '../../../src/fleet/page/page.ts'
import { addExport, addNamespace, createFleet } from '../../fleet/embedded.ts'
import { memoryLog } from '../../support/memory-log.ts'

/** A connection whose client reads, or does not. */
class FakeResponse extends EventEmitter {
  writableNeedDrain = false
  destroyed = false
  readonly written: string[] = []
  readonly socket = { setTimeout: () => {} }

  write(text: string | Buffer): void {
    this.written.push(String(text))
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }

  /** The names of the services in the events since the last call. */
  services(): readonly (readonly string[])[] {
    const events = this.written.splice(0).filter((one) => one.includes('event: services'))
    return events.map((one) => {
      const data = /^data: (.*)$/m.exec(one)?.[1] ?? ''
      const { changed } = JSON.parse(data) as {
        readonly changed: readonly { readonly service: string }[]
      }
      return changed.map(({ service }) => service)
    })
  }
}

async function startFeed(fault?: string) {
  const fleet = createFleet()
  const { clock, members, controller } = fleet
  addNamespace(fleet.api('c1'), 'ns')
  const importMode = 'manual'
  const source = embeddedSource({
    ...{ members: () => members, controller, importMode, clock, version: '' },
  })
  const history = new ServiceHistory(clock.wall)
  const lines: string[] = []
  const { log } = memoryLog(lines)
  const status = async () => {
    if (fault !== undefined) throw new Error(fault)
    return source.status()
  }
  const page = new FleetPage({ source: { ...source, status }, history, clock, log })
  const feed = new PageFeed({ page, clock, log })
  const pass = async (ms: number) => {
    for (let waited = 0; waited < ms; waited += 100) {
      clock.advance(100)
      await turn()
    }
  }
  const connect = async () => {
    const response = new FakeResponse()
    const request = { method: 'GET', client: '', query: new URLSearchParams(), headers: {} }
    const { body } = feed.open(request)
    if (typeof body === 'function') await body(response as unknown as ServerResponse)
    await pass(1000)
    response.services()
    return response
  }
  return { fleet, feed, lines, clock, pass, connect, c1: fleet.api('c1') }
}

test('changes are collected, and one that does not read gets them at once later', async () => {
  const { connect, pass, c1 } = await startFeed()
  const [fast, slow] = [await connect(), await connect()]
  slow.writableNeedDrain = true
  for (const name of ['a', 'b']) addExport(c1, name)
  await pass(1000)
  addExport(c1, 'c')
  await pass(1000)
  expect(fast.services()).toEqual([['ns/a', 'ns/b'], ['ns/c']])
  expect(slow.services()).toEqual([])
  slow.writableNeedDrain = false
  await pass(1000)
  expect(slow.services()).toEqual([['ns/a', 'ns/b', 'ns/c']])
})

test('one that reads nothing for 30 seconds is disconnected; others stay', async () => {
  const { connect, pass } = await startFeed()
  const [fast, slow] = [await connect(), await connect()]
  slow.writableNeedDrain = true
  await pass(29_000)
  expect(slow.destroyed).toBe(false)
  await pass(3000)
  expect([fast.destroyed, slow.destroyed]).toEqual([false, true])
})

test('a comment comes at least each 10 seconds while nothing changes', async () => {
  const { connect, pass } = await startFeed()
  const viewer = await connect()
  for (let i = 0; i < 5; i++) {
    viewer.written.length = 0
    await pass(10_000)
    expect(viewer.written).toContain(':\n\n')
  }
})

test('without viewers nothing is kept or timed after a minute', async () => {
  const { connect, pass, clock, fleet } = await startFeed()
  await fleet.settle()
  const idle = clock.waiting.length
  const viewer = await connect()
  expect(clock.waiting.length).toBeGreaterThan(idle)
  viewer.destroy()
  await pass(60_000)
  expect(clock.waiting.length).toBeLessThanOrEqual(idle)
})

test('a fault is logged and ends the events, and nothing else', async () => {
  const { connect, lines } = await startFeed('a fault')
  const viewer = await connect()
  expect(viewer.destroyed).toBe(true)
  expect(lines).toEqual(['[ERROR] page: events: a fault'])
})
