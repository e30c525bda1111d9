import { describe, expect, test } from 'vitest'
import {
  exportedNames,
  samePorts,
  servedPorts,
  unitePorts,
  usablePorts,
} from '../../../src/fleet/api/ports.ts'
import type { Port } from '../../../src/fleet/api/types.ts'
import { ports } from '../fixtures.ts'

describe('the union of port lists', () => {
  test.each<[string, readonly string[], string]>([
    ['keeps the order of the first', ['b:2 a:1', 'a:1 b:2'], 'b:2 a:1'],
    ['appends new ports', ['a:1', 'b:2/UDP'], 'a:1 b:2/UDP'],
    ['leaves out another number with a used name', ['a:1', 'a:2'], 'a:1'],
    ['leaves out another protocol with a used name', ['a:1', 'a:1/UDP'], 'a:1'],
    ['leaves out another name with a used number', ['a:1', 'b:1'], 'a:1'],
    ['keeps the same number once per protocol', ['a:1', 'b:1/UDP'], 'a:1 b:1/UDP'],
    ['keeps an unnamed first port only', [':1', 'b:2'], ':1'],
    ['leaves out an unnamed port after others', ['a:1', ':2'], 'a:1'],
    ['keeps a later unnamed port when there is no other', ['', ':2'], ':2'],
    ['of no lists is empty', [], ''],
  ])('%s', (_rule, lists, wanted) => {
    expect(unitePorts(...lists.map(ports))).toEqual(ports(wanted))
  })
})

describe('usablePorts: a port', () => {
  const fine: Port = { name: 'http', protocol: 'TCP', port: 80, appProtocol: 'kubernetes.io/h2c' }
  test.each<[string, Partial<Port>, Partial<Port> | undefined]>([
    ['is kept', {}, {}],
    ['without a protocol is TCP', { protocol: '' }, {}],
    ['loses an invalid appProtocol', { appProtocol: 'a b' }, { appProtocol: '' }],
    ['0 is left out', { port: 0 }, undefined],
    ['65536 is left out', { port: 65_536 }, undefined],
    ['1.5 is left out', { port: 1.5 }, undefined],
    ['NaN is left out', { port: Number.NaN }, undefined],
    ['with an unknown protocol is left out', { protocol: 'tcp' }, undefined],
    ['with a name that is no DNS label is left out', { name: 'a_b' }, undefined],
  ])('%s', (_rule, change, wanted) => {
    const kept = usablePorts([{ ...fine, ...change }])
    expect(kept).toEqual(wanted === undefined ? [] : [{ ...fine, ...wanted }])
  })
})

test('servedPorts compares name, protocol and number, not appProtocol', () => {
  const wanted = ports('a:1 b:2 c:3 d:4/UDP')
  const offered = ports('a:1!grpc b:3 x:3 d:4/TCP')
  expect(servedPorts(wanted, offered, exportedNames(offered))).toEqual(ports('a:1'))
})

test.each<[string, string, string, string | undefined]>([
  ['its own', 'a:1', 'a:1 b:2', 'a'],
  ['that of the only port of its number, if it has none', ':1', 'a:1 b:2', 'a'],
  ['empty, if the only port of its number has none', 'a:1', ':1', ''],
  ['its own before an empty one', 'a:1', ':1 a:1', 'a'],
  ['unknown with two names for its number', ':1', 'a:1 b:1', undefined],
  ['unknown with another name for its number', 'a:1', 'b:1', undefined],
  ['unknown with another protocol', ':1', 'a:1/UDP', undefined],
])('the exported name of a port is %s', (_rule, port, offered, name) => {
  expect(exportedNames(ports(offered))(ports(port)[0]!)).toBe(name)
})

test.each<[string, string, string, boolean]>([
  ['another order is equal', 'a:1 b:2', 'b:2 a:1', true],
  ['another appProtocol is not equal', 'a:1', 'a:1!grpc', false],
  ['an additional port is not equal', 'a:1', 'a:1 b:2', false],
])('samePorts: %s', (_rule, a, b, wanted) => {
  expect(samePorts(ports(a), ports(b))).toBe(wanted)
})

test('1,000 ports are united into one list', () => {
  const many = ports(Array.from({ length: 1000 }, (_, i) => `p${i}:${i + 1}`).join(' '))
  expect(unitePorts(many, many)).toHaveLength(1000)
})
