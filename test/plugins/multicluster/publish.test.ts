// Publishing a store in an answer table: changes of answers, the SOA serial, and notifications.
import { describe, expect, test } from 'vitest'
import { nameToWire, relativeName } from '../../../src/dns/name.ts'
import { importedServices } from '../../../src/plugins/multicluster/imports.ts'
import { publishContent } from '../../../src/plugins/multicluster/publish.ts'
import { ServicesContent } from '../../../src/plugins/multicluster/services-content.ts'
import {
  DEFAULT_LIMITS,
  type ServiceLimits,
} from '../../../src/plugins/multicluster/size-estimate.ts'
import type { Turns } from '../../../src/plugins/multicluster/turns.ts'
import { TableReader } from '../../../src/zone/table-reader.ts'
import { TableWriter } from '../../../src/zone/table-writer.ts'
import { fakeSource, view } from '../../support/fake-source.ts'
import { find } from '../../support/find.ts'

/** A clock that stands still: all changes are published in one slice. */
const oneSlice: Turns = { now: () => 1e9, next: () => () => {} }

function setUp(
  views: Parameters<typeof fakeSource>[0],
  spec: {
    synced?: boolean
    maxBytes?: number
    turns?: Turns
    limits?: Partial<ServiceLimits>
  } = {},
) {
  const source = fakeSource(views, spec.synced ?? true)
  const table = new TableWriter({ maxBytes: spec.maxBytes ?? 2 ** 20 })
  const reader = new TableReader(table.handle, 0)
  const visible: number[] = []
  const errors: string[] = []
  const limited: string[] = []
  let now = 1000
  const limits = { ...DEFAULT_LIMITS, ...spec.limits }
  const { store } = source
  const zone = nameToWire('clusterset.local.')!
  const kind = importedServices(store, { zone, ttl: 5, endpoints: true, limits })
  const publication = publishContent({
    content: new ServicesContent({
      store,
      table,
      limits,
      kind,
      onPublished: (key, _view, leftOut) => limited.push(`${key} ${leftOut?.ports ?? 'in full'}`),
    }),
    table,
    nowSeconds: () => now,
    onVisible: (ageMs) => visible.push(ageMs),
    onError: (owner, error) => errors.push(`${owner} ${error instanceof Error && error.message}`),
    turns: spec.turns ?? oneSlice,
  })
  const has = (...labels: readonly string[]) => {
    const name = relativeName(...labels)!
    return find(reader, name) !== 0
  }
  const address = (...labels: readonly string[]) => {
    const name = relativeName(...labels)!
    const entry = find(reader, name)
    const answer = entry === 0 ? 0 : reader.answer(entry, 1)
    if (answer === 0) return undefined
    const end = reader.dataStart(entry, answer) + reader.dataLength(answer)
    return reader.bytes.slice(end - 4, end).join('.')
  }
  return {
    source,
    table,
    reader,
    visible,
    errors,
    limited,
    publication,
    has,
    address,
    setNow: (seconds: number) => {
      now = seconds
    },
  }
}

const web = view('ns/web', { ips: ['10.0.0.1'] })

describe('publishContent', () => {
  test('publishes the content of the store as one change', () => {
    const { table, reader, visible, has, address } = setUp([
      web,
      view('ns/db', { pods: ['10.0.0.2'] }),
    ])
    expect(address('web', 'ns', 'svc')).toBe('10.0.0.1')
    expect(address('10-0-0-2', 'c1', 'db', 'ns', 'svc')).toBe('10.0.0.2')
    expect(has('ns', 'svc')).toBe(true)
    expect([...table.owners()].sort()).toEqual(['ns', 'ns/db', 'ns/web'])
    expect([reader.serial, reader.synced, visible.length]).toEqual([1000, true, 1])
  })

  test('marks the table of an empty store as synced, with serial 0', () => {
    const { reader, visible } = setUp([])
    expect([reader.serial, reader.synced, visible]).toEqual([0, true, []])
  })

  test('publishes changes and removals', () => {
    const { source, reader, table, setNow, address, has } = setUp([web])
    setNow(2000)
    source.put(view('ns/web', { ips: ['10.0.0.9'] }))
    expect([address('web', 'ns', 'svc'), reader.serial]).toEqual(['10.0.0.9', 2000])
    source.put(view('other/new', { ips: ['10.0.0.3'] }))
    expect([has('new', 'other', 'svc'), has('other', 'svc'), reader.serial]).toEqual([
      true,
      true,
      2001,
    ])
    source.remove('ns/web')
    expect([has('web', 'ns', 'svc'), has('ns', 'svc'), reader.serial]).toEqual([false, false, 2002])
    source.remove('other/new')
    expect([[...table.owners()], table.stats().entries]).toEqual([[], 0])
  })

  test('keeps the serial if no answer changes', () => {
    const { source, reader, visible, setNow } = setUp([web])
    setNow(2000)
    source.put(view('ns/web', { ips: ['10.0.0.1'] }))
    source.remove('ns/unknown')
    expect([reader.serial, visible.length]).toEqual([1000, 1])
  })

  test('reports each visible change with its age', () => {
    const { source, visible } = setUp([])
    source.put(web)
    source.put(view('ns/web', { ips: ['10.0.0.9'] }))
    expect(visible.length).toBe(2)
    for (const ageMs of visible) expect(ageMs).toBeGreaterThanOrEqual(0)
  })

  test('marks the table as synced after the store, and answers before', () => {
    const { source, reader, has } = setUp([web], { synced: false })
    expect([reader.synced, has('web', 'ns', 'svc')]).toEqual([false, true])
    source.sync()
    expect(reader.synced).toBe(true)
  })

  test('ends with `stop`', () => {
    const { source, publication, address } = setUp([web])
    publication.stop()
    source.put(view('ns/web', { ips: ['10.0.0.9'] }))
    expect(address('web', 'ns', 'svc')).toBe('10.0.0.1')
  })

  test('keeps the old answers of a Service that does not fit, and updates the others', () => {
    const { source, errors, address, setNow, reader, limited } = setUp([web], { maxBytes: 2 ** 15 })
    setNow(2000)
    const pods = Array.from({ length: 2000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    source.put(view('ns/web', { pods }))
    expect(limited).toEqual(['ns/web in full'])
    expect(errors).toEqual(['ns/web the answer table is full: no room for the answers of ns/web'])
    expect([address('web', 'ns', 'svc'), reader.serial]).toEqual(['10.0.0.1', 1000])
    source.put(view('ns/db', { ips: ['10.0.0.2'] }))
    expect([address('db', 'ns', 'svc'), reader.serial]).toEqual(['10.0.0.2', 2000])
  })
})

describe('a Service that exceeds a limit', () => {
  const ports = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `p${i}`, protocol: 'tcp', port: i + 1 }))

  test('is answered in part, and reported with each compile', () => {
    const { service, slices } = web
    const source = [{ service: { ...service, ports: ports(5) }, slices }]
    const zone = setUp(source, { limits: { ports: 2 } })
    expect(zone.address('_p1', '_tcp', 'web', 'ns', 'svc')).toBe('10.0.0.1')
    expect(zone.has('_p2', '_tcp', 'web', 'ns', 'svc')).toBe(false)
    zone.source.put(web)
    expect(zone.limited).toEqual(['ns/web 3', 'ns/web in full'])
  })
})

describe('a namespace', () => {
  const pods = (count: number, net: number) =>
    Array.from({ length: count }, (_, i) => `10.${net}.${i >> 8}.${i & 255}`)
  const ports = Array.from({ length: 40 }, (_, i) => {
    return { name: `p${i}`, protocol: 'tcp', port: 1 + i }
  })
  /** A Service that takes about `count` times 6 KB. */
  const large = (key: string, count: number, net: number) => {
    const { service, slices } = view(key, { pods: pods(count, net) })
    return { service, slices: slices.map((slice) => ({ ...slice, ports })) }
  }
  const limits = { namespaceBytes: 2 ** 20 }
  const maxBytes = 2 ** 23

  test('has at most so many bytes, whatever its Services are', () => {
    const services = Array.from({ length: 10 }, (_, i) => large(`ns/s${i}`, 100, i))
    const { table, has, address } = setUp([...services, view('other/web', { ips: ['10.9.9.9'] })], {
      limits,
      maxBytes,
    })
    const bytes = services.map((_, i) => table.bytesOf(`ns/s${i}`))
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(2 ** 20 + 2 ** 14)
    expect(bytes.every((one) => one > 0)).toBe(true)
    expect(has('_p39', '_tcp', 's0', 'ns', 'svc')).toBe(true)
    expect(address('web', 'other', 'svc')).toBe('10.9.9.9')
  })

  test('has new addresses for Services that had answers, also near its limit', () => {
    const of = (net: number) =>
      Array.from({ length: 700 }, (_, i) => {
        return view(`ns/s${i}`, { ips: [`10.${net}.${i >> 8}.${i & 255}`] })
      })
    const { source, address } = setUp(of(0), { limits: { namespaceBytes: 2 ** 18 } })
    for (const service of of(1).slice(0, 100)) source.put(service)
    const found = of(1).map((_, i) => address(`s${i}`, 'ns', 'svc'))
    expect(found.slice(0, 100).filter((ip) => ip?.startsWith('10.1.'))).toHaveLength(100)
    expect(found.slice(100).filter((ip) => ip?.startsWith('10.0.'))).toHaveLength(600)
  })

  test('without room has the names of its Services, without records', () => {
    const views = Array.from({ length: 1000 }, (_, i) => view(`ns/s${i}`, { ips: ['10.0.0.1'] }))
    const { table, has, address, limited } = setUp(views, { limits: { namespaceBytes: 2 ** 18 } })
    expect([has('s999', 'ns', 'svc'), address('s999', 'ns', 'svc')]).toEqual([true, undefined])
    expect([table.bytesOf('ns/s999'), limited.at(-1)]).toEqual([32, 'ns/s999 1'])
  })

  test('gives free room to those that are short of it, whatever limits others exceed', () => {
    // `ns/ports` cannot take free room.
    const { service, slices } = view('ns/ports', { ips: ['10.0.0.1'] })
    const more = [98, 99].map((port) => ({ name: `more${port}`, protocol: 'tcp', port }))
    const fixed = { service: { ...service, ports: [...ports, ...more] }, slices }
    const large4 = Array.from({ length: 4 }, (_, i) => large(`ns/s${i}`, 60, i))
    const { source, limited } = setUp([fixed, ...large4], {
      limits: { ...limits, ports: 41 },
      maxBytes,
    })
    source.put(fixed)
    for (const i of [0, 1]) source.remove(`ns/s${i}`)
    expect(limited.filter((line) => line.startsWith('ns/ports'))).toHaveLength(2)
    expect(limited).toContain('ns/s2 in full')
    expect(limited).toContain('ns/s3 in full')
  })

  test('without room for more keeps what a Service has, however often it is published', () => {
    const { source, table } = setUp([large('ns/a', 300, 0)], { limits, maxBytes })
    for (let i = 1; i < 5; i++) {
      source.put(large(`ns/b${i}`, 100, i))
      source.put(large('ns/a', 300, 0))
    }
    const bytes = table.bytesOf('ns/a')
    for (let i = 5; i < 10; i++) {
      source.put(large(`ns/b${i}`, 100, i))
      source.put(large('ns/a', 300, i))
    }
    expect(table.bytesOf('ns/a')).toBe(bytes)
  })

  test('gives the room of a removed Service to those that are short of it', () => {
    const services = Array.from({ length: 4 }, (_, i) => large(`ns/s${i}`, 60, i))
    const { source, has, limited } = setUp(services, { limits, maxBytes })
    const whole = () => services.filter((_, i) => has('_p39', '_tcp', `s${i}`, 'ns', 'svc')).length
    expect(whole()).toBeLessThan(4)
    source.remove('ns/s0')
    source.remove('ns/s1')
    source.remove('ns/s2')
    expect(whole()).toBe(1)
    expect(limited).toContain('ns/s3 in full')
  })
})

/** Turns of an event loop that a test runs. Each reading of the clock is `ms` later than the one before. */
function handTurns(ms: number) {
  let now = 0
  const waiting: (() => void)[] = []
  const turns: Turns = {
    now: () => {
      now += ms
      return now
    },
    next(run) {
      waiting.push(run)
      return () => waiting.splice(waiting.indexOf(run), 1)
    },
  }
  return { turns, waiting, turn: () => waiting.shift()!() }
}

describe('a large Service', () => {
  const pods = Array.from({ length: 2000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
  const large = view('ns/large', { pods })
  const start = () => {
    const { turns, turn, waiting } = handTurns(6)
    const zone = setUp([view('ns/large', { pods: ['10.0.0.1'] })], { turns, maxBytes: 2 ** 22 })
    while (waiting.length > 0) turn()
    zone.source.put(large)
    return { zone, turn, waiting }
  }

  test('is compiled in slices of time, and its names change when all of them are compiled', async () => {
    const { zone, turn, waiting } = start()
    let done = false
    const published = zone.publication.published().then(() => {
      done = true
    })
    let slices = 1
    for (; waiting.length > 0; slices++) {
      const state = [zone.has('10-0-0-1', 'c1', 'large', 'ns', 'svc')]
      state.push(zone.has('10-1-0-0', 'c1', 'large', 'ns', 'svc'), done)
      expect(state).toEqual([true, false, false])
      turn()
      await Promise.resolve()
    }
    await published
    expect(slices).toBeGreaterThan(3)
    expect(zone.has('10-0-0-1', 'c1', 'large', 'ns', 'svc')).toBe(false)
    expect(zone.has('10-1-7-207', 'c1', 'large', 'ns', 'svc')).toBe(true)
    expect([zone.visible.length, zone.errors]).toEqual([2, []])
  })

  test('that changes meanwhile is published again', () => {
    const { zone, turn, waiting } = start()
    turn()
    zone.source.put(view('ns/large', { pods: ['10.0.0.2'] }))
    while (waiting.length > 0) turn()
    expect(zone.has('10-0-0-2', 'c1', 'large', 'ns', 'svc')).toBe(true)
    expect(zone.has('10-1-0-0', 'c1', 'large', 'ns', 'svc')).toBe(false)
  })

  test('is not published after `stop`, which resolves `published`', async () => {
    const { zone, waiting } = start()
    const published = zone.publication.published()
    zone.publication.stop()
    await published
    expect([waiting.length, zone.has('10-1-0-0', 'c1', 'large', 'ns', 'svc')]).toEqual([0, false])
  })
})

describe('many Services', () => {
  const views = Array.from({ length: 5 }, (_, i) => view(`ns/s${i}`, { ips: [`10.0.0.${i}`] }))
  const published = ({ has }: ReturnType<typeof setUp>) =>
    views.filter((_, i) => has(`s${i}`, 'ns', 'svc')).length

  test('are published in slices of time, with turns of the event loop in between', () => {
    const { turns, turn, waiting } = handTurns(6)
    const zone = setUp(views, { turns })
    const seen = [published(zone)]
    while (waiting.length > 0) {
      turn()
      seen.push(published(zone))
    }
    expect(seen).toEqual([1, 3, 5])
    expect([zone.visible.length, zone.reader.serial]).toEqual([3, 1002])
  })

  test('are one slice when they take less time than a slice', () => {
    const zone = setUp(views, { turns: handTurns(1).turns })
    expect([published(zone), zone.visible.length]).toEqual([5, 1])
  })

  test('make the table synced when the last of them is published', () => {
    const { turns, turn } = handTurns(6)
    const zone = setUp(views, { turns })
    expect(zone.reader.synced).toBe(false)
    turn()
    expect(zone.reader.synced).toBe(false)
    turn()
    expect(zone.reader.synced).toBe(true)
  })

  test('that change meanwhile wait for those of their namespace before them, and are published once in their last state', () => {
    const { turns, turn, waiting } = handTurns(6)
    const zone = setUp(views, { turns })
    zone.source.put(view('ns/s4', { ips: ['10.0.0.44'] }))
    zone.source.put(view('ns/s0', { ips: ['10.0.0.40'] }))
    expect([published(zone), waiting.length]).toEqual([1, 1])
    turn()
    expect(zone.address('s0', 'ns', 'svc')).toBe('10.0.0.0')
    while (waiting.length > 0) turn()
    expect(zone.address('s0', 'ns', 'svc')).toBe('10.0.0.40')
    expect(zone.address('s4', 'ns', 'svc')).toBe('10.0.0.44')
    const { limited } = zone
    expect(limited).toEqual(
      ['ns/s0', 'ns/s1', 'ns/s2', 'ns/s3', 'ns/s4', 'ns/s0'].map((key) => `${key} in full`),
    )
  })

  test('of a namespace that takes long wait for those of others', () => {
    const of = (namespace: string, count: number) =>
      Array.from({ length: count }, (_, i) => view(`${namespace}/${i}`, { ips: ['10.0.0.1'] }))
    let clock = 0
    let zone: ReturnType<typeof setUp> | undefined
    const { turns, turn, waiting } = handTurns(0)
    const now = () => {
      clock += zone === undefined || zone.limited.at(-1)?.startsWith('slow/') ? 30 : 1
      return clock
    }
    zone = setUp([...of('slow', 3), ...of('fast', 10)], { turns: { ...turns, now } })
    while (waiting.length > 0) turn()
    const order = zone.limited.map((line) => line.split('/')[0])
    expect(order).toEqual([...Array(10).fill('fast'), ...Array(3).fill('slow')])
  })

  test('resolve `published` when those that waited at the call are in the table', async () => {
    const { turns, turn } = handTurns(6)
    const zone = setUp(views, { turns })
    let done = false
    const waiting = zone.publication.published().then(() => {
      done = true
    })
    turn()
    zone.source.put(web)
    await Promise.resolve()
    expect(done).toBe(false)
    turn()
    await waiting
    expect([published(zone), zone.has('web', 'ns', 'svc')]).toEqual([5, false])
  })

  test('are not published after `stop`, which resolves `published`', async () => {
    const { turns, waiting } = handTurns(6)
    const zone = setUp(views, { turns })
    const settled = zone.publication.published()
    zone.publication.stop()
    await settled
    expect([published(zone), waiting.length, zone.reader.synced]).toEqual([1, 0, false])
  })
})
