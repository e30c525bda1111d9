import { describe, expect, test } from 'vitest'
import {
  addressOf,
  type Place,
  placeOf,
  serviceAddress,
  tableAddress,
} from '../../../src/page/model/address.ts'
import { noFilter } from '../../../src/page/model/filter.ts'

const filter = {
  ...noFilter,
  q: 'a b&c',
  state: 'broken',
  source: 'east',
  conflict: 'yes',
  namespace: 'shop',
}

describe('the address of a view', () => {
  test.each<readonly [string, Place]>([
    ['#/map', { view: 'map', cluster: '' }],
    ['#/map?cluster=west', { view: 'map', cluster: 'west' }],
    ['#/services', { view: 'services', filter: noFilter }],
    [
      '#/services?q=a+b%26c&state=broken&source=east&conflict=yes&namespace=shop',
      { view: 'services', filter },
    ],
    ['#/service/shop/web', { view: 'service', namespace: 'shop', name: 'web' }],
    ['#/changes?cluster=west', { view: 'changes', cluster: 'west' }],
  ])('%s leads to it and back', (address, place) => {
    expect(placeOf(address)).toEqual(place)
    expect(addressOf(place)).toBe(address)
  })

  test.each([
    ['no address', ''],
    ['the root', '#/'],
  ])('%s is the map', (_, address) => {
    expect(placeOf(address)).toEqual({ view: 'map', cluster: '' })
  })

  test.each(['#/nothing', '#/service/shop', '#/service/a/b/c', '#/map/x'])(
    '%s is unknown',
    (address) => {
      expect(placeOf(address)).toEqual({ view: 'unknown', address })
    },
  )

  test('an invalid escape does not throw', () => {
    expect(placeOf('#/service/%E0%A4%A/web')).toMatchObject({ view: 'service', name: 'web' })
  })

  test('a service and a filtered table have short forms', () => {
    expect(serviceAddress('shop/web')).toBe('#/service/shop/web')
    expect(tableAddress({ state: 'broken' })).toBe('#/services?state=broken')
  })
})
