// Publishing a store in an answer table: changes of answers, the SOA serial, and notifications.
import { describe, expect, test } from 'vitest'
import { nameToWire, relativeName } from '../../../src/dns/name.ts'
import { publishZone } from '../../../src/plugins/multicluster/publish.ts'
import { TableReader } from '../../../src/zone/table-reader.ts'
import { TableWriter } from '../../../src/zone/table-writer.ts'
import { fakeSource, view } from '../../support/fake-source.ts'

function setUp(
  views: Parameters<typeof fakeSource>[0],
  spec: { synced?: boolean; maxBytes?: number } = {},
) {
  const source = fakeSource(views, spec.synced ?? true)
  const table = new TableWriter({ maxBytes: spec.maxBytes ?? 2 ** 20 })
  const reader = new TableReader(table.handle, 0)
  const visible: number[] = []
  const errors: string[] = []
  let now = 1000
  const stop = publishZone({
    store: source.store,
    table,
    zone: nameToWire('clusterset.local.')!,
    ttl: 5,
    endpoints: true,
    nowSeconds: () => now,
    onVisible: (ageMs) => visible.push(ageMs),
    onError: (owner, error) => errors.push(`${owner} ${error instanceof Error && error.message}`),
  })
  const has = (...labels: readonly string[]) => {
    const name = relativeName(...labels)!
    return reader.find(name, name.length) !== 0
  }
  const address = (...labels: readonly string[]) => {
    const name = relativeName(...labels)!
    const entry = reader.find(name, name.length)
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
    stop,
    has,
    address,
    setNow: (seconds: number) => {
      now = seconds
    },
  }
}

const web = view('ns/web', { ips: ['10.0.0.1'] })

describe('publishZone', () => {
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

  test('ends with the returned function', () => {
    const { source, stop, address } = setUp([web])
    stop()
    source.put(view('ns/web', { ips: ['10.0.0.9'] }))
    expect(address('web', 'ns', 'svc')).toBe('10.0.0.1')
  })

  test('keeps the old answers of a Service that does not fit, and updates the others', () => {
    const { source, errors, address, setNow, reader } = setUp([web], { maxBytes: 2 ** 15 })
    setNow(2000)
    const pods = Array.from({ length: 2000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    source.put(view('ns/web', { pods }))
    expect(errors).toEqual(['ns/web the answer table is full: no room for the answers of ns/web'])
    expect([address('web', 'ns', 'svc'), reader.serial]).toEqual(['10.0.0.1', 1000])
    source.put(view('ns/db', { ips: ['10.0.0.2'] }))
    expect([address('db', 'ns', 'svc'), reader.serial]).toEqual(['10.0.0.2', 2000])
  })
})
