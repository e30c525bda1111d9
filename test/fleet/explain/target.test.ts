// What NAME of `explain NAME` may be.
import { describe, expect, test } from 'vitest'
import { amcsName } from '../../../src/fleet/api/names.ts'
import { fullName, mayBeShortened, readTarget } from '../../../src/fleet/explain/target.ts'

describe('NAME', () => {
  test.each([
    ['web.shop', 'clusterset.local'],
    ['shop/web', 'clusterset.local'],
    ['WEB.Shop.', 'clusterset.local'],
    ['web.shop.svc.clusterset.local', 'clusterset.local'],
    ['web.shop.svc.clusterset.local.', 'clusterset.local'],
    ['web.shop.svc.example.org', 'example.org'],
    ['_http._tcp.web.shop.svc.clusterset.local', 'clusterset.local'],
    ['web-0.east.web.shop.svc.clusterset.local', 'clusterset.local'],
    ['amcs-web.shop', 'clusterset.local'],
    ['shop/amcs-web', 'clusterset.local'],
    ['amcs-web.shop.svc.cluster.local', 'clusterset.local'],
  ])('%s is the service web in shop, in the zone %s', (text, zone) => {
    expect(readTarget(text)).toEqual({ namespace: 'shop', name: 'web', zone })
  })

  test.each([
    '',
    'web',
    'a.b.c',
    'amcs-.shop',
    'web.shop.svc.',
    'web.sh op',
    '-web.shop',
    "web.s'h",
    'web.shop.svc.a b',
  ])('%j names no service', (text) => {
    expect(readTarget(text)).toBeUndefined()
  })
})

describe('a name that is too long for amcs-NAME', () => {
  const long = `web-${'x'.repeat(56)}`
  const { name } = readTarget(`${amcsName(long)}.shop`)!

  test('may be shortened, and is found by its amcs- Service', () => {
    expect(name).not.toBe(long)
    expect(mayBeShortened(name)).toBe(true)
    expect(fullName(name, ['web', `${long}y`, long])).toBe(long)
  })

  test('stays as it is when nobody knows it', () => {
    expect(fullName(name, ['web', `${long}y`])).toBe(name)
  })

  test.each([
    ['web', 'is short'],
    ['x'.repeat(58), 'has no hash'],
    [long, 'is whole'],
  ])('%s %s', (one) => {
    expect(mayBeShortened(one)).toBe(false)
  })
})
