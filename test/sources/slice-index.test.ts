// EndpointSlices by service: their order, also when a service has very many.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packSlice } from '../../src/sources/packed.ts'
import { SliceIndex } from '../../src/sources/slice-index.ts'

const packed = (name: string, service: string) =>
  packSlice({
    namespace: 'ns',
    name,
    service,
    cluster: '',
    addressType: 'IPv4',
    ports: [],
    endpoints: [],
  })

const namesOf = (index: SliceIndex, service: string) =>
  index.of(`ns/${service}`, Number.POSITIVE_INFINITY).slices.map(({ name }) => name)

describe('the slices of a service', () => {
  test('are sorted by name after any changes', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'B', 'c-1', 'c-10', 'c-2', 'd'),
      service: fc.constantFrom('web', 'api', undefined),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const index = new SliceIndex()
        const model = new Map<string, string>()
        for (const { name, service } of changes) {
          index.put(`ns/${name}`, service && packed(name, service))
          if (service === undefined) model.delete(name)
          else model.set(name, service)
          for (const one of ['web', 'api']) {
            const names = [...model.keys()].filter((key) => model.get(key) === one)
            expect(namesOf(index, one)).toEqual(names.sort())
          }
        }
      }),
    )
  })

  test('come and go one by one, however many there are', () => {
    const index = new SliceIndex()
    const keys = Array.from({ length: 40_000 }, (_, i) => `web-${100_000 + ((i * 7919) % 99_991)}`)
    for (const name of keys) index.put(`ns/${name}`, packed(name, 'web'))
    expect(namesOf(index, 'web')).toEqual(keys.toSorted())
    for (const name of keys) index.put(`ns/${name}`, undefined)
    expect(namesOf(index, 'web')).toEqual([])
  })
})
