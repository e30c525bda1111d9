// Which Services are the name servers of a zone, whoever writes the EndpointSlices.
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import { nameServersOf } from '../../../src/plugins/kubernetes/name-servers.ts'
import { OwnServices } from '../../../src/plugins/kubernetes/own-services.ts'
import { endpoint, service, slice } from '../../cases/cluster-objects.ts'

const zone = nameToWire('cluster.local.')!

function ownServices(): OwnServices {
  const options = { zone, podNames: false }
  return new OwnServices({
    addresses: ['10.1.0.0'],
    serversOf: (view) => nameServersOf(view, options),
  })
}

function headless(key: string, count: number) {
  const endpoints = Array.from({ length: count }, (_, i) => endpoint(`10.1.${i >> 8}.${i & 255}`))
  return service(key, { kind: 'Headless' }, [slice(key, 'one', endpoints)])
}

function vip(key: string, ip = '10.0.0.1') {
  return service(key, { ips: [ip] }, [slice(key, 'one', [endpoint('10.1.0.0')])])
}

/** The Services that are name servers. */
function keysOf(own: OwnServices): string[] {
  return own.servers().map(({ name }) => {
    const [first, namespace] = nameToText(Uint8Array.of(...name, 0)).split('.')
    return `${namespace}/${first}`
  })
}

const letters = [...'abcdefghijklmnopqrst']

describe('the name servers', () => {
  test('are the first 16 Services by key, however they came', () => {
    const own = ownServices()
    for (const letter of [...letters].reverse()) own.put(`ns/${letter}`, vip(`ns/${letter}`))
    expect(keysOf(own)).toEqual(letters.slice(0, 16).map((letter) => `ns/${letter}`))
    expect(own.waiting()).toBeUndefined()
  })

  test('when one of them goes, the first of the others is waiting until it is put again', () => {
    const own = ownServices()
    for (const letter of letters) own.put(`ns/${letter}`, vip(`ns/${letter}`))
    expect(own.put('ns/t', undefined)).toBe(false)
    expect(own.put('ns/a', undefined)).toBe(true)
    expect(own.waiting()).toBe('ns/q')
    expect(own.put('ns/q', vip('ns/q'))).toBe(true)
    expect(own.waiting()).toBeUndefined()
    expect(keysOf(own)).toHaveLength(16)
  })

  test('of a headless Service are at most 64', () => {
    const own = ownServices()
    own.put('ns/a', headless('ns/a', 10_000))
    expect(own.servers()).toHaveLength(64)
  })

  test('change only when a name or an address of them does', () => {
    const own = ownServices()
    expect(own.put('ns/a', headless('ns/a', 1000))).toBe(true)
    expect(own.put('ns/a', headless('ns/a', 999))).toBe(false)
    expect(own.put('ns/b', vip('ns/b'))).toBe(true)
    expect(own.put('ns/b', vip('ns/b'))).toBe(false)
    expect(own.put('ns/b', vip('ns/b', '10.0.0.2'))).toBe(true)
    expect(own.put('ns/b', service('ns/b', { ips: ['10.0.0.2'] }))).toBe(true)
    expect(own.put('ns/c', service('ns/c', { ips: ['10.0.0.3'] }))).toBe(false)
  })
})
