// Which endpoints of an import get a zone hint.
import { expect, test } from 'vitest'
import { type ImportSource, importedSlices } from '../../../src/fleet/slices/desired-slices.ts'
import { withZoneHints } from '../../../src/fleet/slices/zone-hints.ts'
import { anywhere, endpoint, importView, ports, serviceView, sliceView } from '../fixtures.ts'

const zoned = endpoint({ addresses: ['10.0.0.1'], zone: 'z1' })
const other = endpoint({ addresses: ['10.0.0.2'], zone: 'z2' })
const bare = endpoint({ addresses: ['10.0.0.3'] })
const web = (...endpoints: Parameters<typeof sliceView>[1]) => sliceView('http:1', endpoints)

/** The slices of one source. */
function source(...slices: ImportSource['slices']) {
  const served = ports('http:80')
  const web = { cluster: 'c1', service: serviceView(), slices, served, ...anywhere }
  return importedSlices(importView(), web)
}

test('hints require zones in slices that are kept unchanged, too', () => {
  const hints = (one: typeof other) =>
    withZoneHints([source(web(zoned))], [web(one)]).map(({ groups }) =>
      groups.flatMap(({ endpoints }) => endpoints).flatMap(({ forZones }) => forZones),
    )
  expect(hints(other)).toEqual([['z1']])
  expect(hints(bare)).toEqual([[]])
})

test('no hints are given when the slices that are kept are more than the fleet could have written', () => {
  let reads = 0
  const kept = Object.defineProperty(web(), 'endpoints', {
    get: () => {
      reads++
      return Array.from({ length: 1000 }, () => other)
    },
  })
  const hinted = (count: number) => withZoneHints([source(web(zoned))], Array(count).fill(kept))
  expect(hinted(40)[0]!.groups[0]!.endpoints[0]!.forZones).toEqual(['z1'])
  reads = 0
  expect(hinted(1000)[0]!.groups[0]!.endpoints[0]!.forZones).toEqual([])
  expect(reads).toBeLessThan(60)
})

test.each([
  ['name the zone of the endpoint', [source(web(zoned, other))], ['z1', 'z2']],
  ['require a zone of every endpoint', [source(web(zoned, bare))], ['', '']],
  ['require a zone in every slice', [source(web(zoned), sliceView('http:2', [bare]))], ['', '']],
  ['require a zone in every cluster', [source(web(zoned)), source(web(bare))], ['', '']],
  ['are given in every cluster', [source(web(zoned)), source(web(other))], ['z1', 'z2']],
  ['are empty without endpoints', [source()], []],
])('hints %s', (_rule, sources, wanted) => {
  const endpoints = withZoneHints(sources).flatMap(({ groups }) =>
    groups.flatMap((one) => one.endpoints),
  )
  expect(endpoints.map(({ forZones }) => forZones.join())).toEqual(wanted)
})
