// What `fleet leave` says before it asks.
import { expect, test } from 'vitest'
import { leaveDocument } from '../../src/cli/leave-document.ts'
import { departureLines } from '../../src/cli/leave-text.ts'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { Leftover, Leftovers } from '../../src/fleet/plan/departure.ts'

const left = (counts: Partial<Record<FleetResource, Partial<Leftover>>>): Leftovers =>
  new Map(
    Object.entries(counts).map(([resource, one]) => {
      return [resource as FleetResource, { deleted: 0, addresses: 0, cleaned: 0, ...one }]
    }),
  )

test('objects are counted, told apart, and addresses that do not come back are named', () => {
  const west = left({
    services: { deleted: 4, addresses: 3 },
    endpointslices: { deleted: 1 },
    serviceimports: { cleaned: 4 },
    serviceexports: { cleaned: 2 },
  })
  const clusters = [
    { name: 'east', isLeaving: false, left: left({ endpointslices: { deleted: 2 } }) },
    { name: 'north', isLeaving: false, left: left({}) },
    { name: 'west', isLeaving: true, left: west },
  ]
  expect(departureLines({ id: 'west', clusters })).toEqual([
    'cluster west leaves:',
    '  in east: 2 endpointslices to delete (imported from west)',
    '  in north: nothing to remove',
    '  in west: 4 services and 1 endpointslice to delete, 4 serviceimports and 2 serviceexports to clean (created or written by the fleet)',
    '  An object that is cleaned stays; only what the fleet wrote there for the cluster goes.',
    '  The ClusterIPs of 3 services go: after a later join they will be other ones.',
  ])
})

test('one address is told in the singular', () => {
  const clusters = [{ name: 'west', isLeaving: true, left: left({ services: { addresses: 1 } }) }]
  expect(departureLines({ id: 'west', clusters }).at(-1)).toBe(
    '  The ClusterIP of 1 service goes: after a later join it will be another one.',
  )
})

test('without objects to clean and without addresses nothing is said of them', () => {
  const clusters = [{ name: 'west', isLeaving: true, left: left({ services: { deleted: 1 } }) }]
  expect(departureLines({ id: 'west', clusters })).toEqual([
    'cluster west leaves:',
    '  in west: 1 service to delete (created or written by the fleet)',
  ])
})

test('the document counts the same', () => {
  const services = { services: { deleted: 4, addresses: 3 } }
  const clusters = [
    { name: 'east', isLeaving: false, left: left({}) },
    { name: 'west', isLeaving: true, left: left({ ...services, serviceimports: { cleaned: 2 } }) },
  ]
  expect(leaveDocument([{ id: 'west', clusters }], ['north is missing'])).toEqual({
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'FleetLeave',
    missing: ['north is missing'],
    departures: [
      {
        id: 'west',
        clusters: [
          { name: 'east', leaving: false, resources: [] },
          {
            name: 'west',
            leaving: true,
            resources: [
              { resource: 'services', delete: 4, clean: 0, addresses: 3 },
              { resource: 'serviceimports', delete: 0, clean: 2, addresses: 0 },
            ],
          },
        ],
      },
    ],
  })
})
