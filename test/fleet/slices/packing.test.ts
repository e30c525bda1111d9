// Which writes change the existing slices into the desired ones.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EndpointView, ExistingSlice, ImportView } from '../../../src/fleet/api/types.ts'
import { type ImportedSlices, importedSlices } from '../../../src/fleet/slices/desired-slices.ts'
import { packSlices, type SlicePlan, type SliceWrite } from '../../../src/fleet/slices/packing.ts'
import { anywhere, endpoint, importView, ports, serviceView, sliceView } from '../fixtures.ts'

type Endpoints = readonly (Partial<EndpointView> | string)[]

const from = (cluster: string) => {
  return { cluster, service: serviceView(), slices: [], served: [], ...anywhere }
}

/** Desired slices; the keys are target ports. */
function desire(byPorts: Record<string, Endpoints>, change: Partial<ImportView> = {}) {
  const slices = Object.entries(byPorts).map(([text, list]) => sliceView(text, list))
  const source = {
    cluster: 'c1',
    service: serviceView(),
    slices,
    served: ports('http:80'),
    ...anywhere,
  }
  return importedSlices(importView(change), source)
}

const ips = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `10.0.${(from + i) >> 8}.${(from + i) & 255}`)

let version = 0
function stored(slice: SliceWrite, uid: string): ExistingSlice {
  return { ...slice, uid, resourceVersion: `${++version}`, deleting: false }
}

/** The slices after the plan was applied; fails where an API server would reject a write. */
function apply(existing: readonly ExistingSlice[], plan: SlicePlan): ExistingSlice[] {
  const byName = new Map(existing.map((slice) => [slice.name, slice]))
  const expectStored = (id: { name: string; uid: string; resourceVersion: string }) => {
    expect(byName.get(id.name)).toMatchObject(id)
  }
  for (const slice of plan.creates) {
    expect(byName.has(slice.name)).toBe(false)
    byName.set(slice.name, stored(slice, `uid-${slice.name}`))
  }
  for (const { slice, id } of plan.updates) {
    expectStored(id)
    expect(slice.addressType).toBe(byName.get(id.name)!.addressType)
    byName.set(slice.name, stored(slice, id.uid))
  }
  for (const id of plan.deletes) {
    expectStored(id)
    byName.delete(id.name)
  }
  return [...byName.values()]
}

const settle = (desired: ImportedSlices, existing: readonly ExistingSlice[] = []) =>
  apply(existing, packSlices(desired, existing))

/** "+2 ~1 -0": creates, updates, deletes. */
const count = ({ creates, updates, deletes }: SlicePlan) =>
  `+${creates.length} ~${updates.length} -${deletes.length}`

describe('a change of endpoints', () => {
  test.each<[string, Record<string, Endpoints>, Record<string, Endpoints>, string]>([
    ['no change writes nothing', { 'http:1': ips(0, 5) }, { 'http:1': ips(0, 5) }, '+0 ~0 -0'],
    ['the first endpoints create a slice', {}, { 'http:1': ips(0, 100) }, '+1 ~0 -0'],
    ['the 101st endpoint needs a second slice', {}, { 'http:1': ips(0, 101) }, '+2 ~0 -0'],
    [
      'one more endpoint updates one slice',
      { 'http:1': ips(0, 5) },
      { 'http:1': ips(0, 6) },
      '+0 ~1 -0',
    ],
    [
      'one endpoint less updates one slice',
      { 'http:1': ips(0, 250) },
      { 'http:1': ips(1, 250) },
      '+0 ~1 -0',
    ],
    [
      'a replaced endpoint updates one slice',
      { 'http:1': ips(0, 250) },
      { 'http:1': ips(1, 251) },
      '+0 ~1 -0',
    ],
    [
      'one more endpoint goes into the slice with room',
      { 'http:1': ips(0, 250) },
      { 'http:1': ips(0, 251) },
      '+0 ~1 -0',
    ],
    [
      'one more endpoint creates a slice when all are full',
      { 'http:1': ips(0, 200) },
      { 'http:1': ips(0, 201) },
      '+1 ~0 -0',
    ],
    [
      'removing the last endpoint of a slice deletes it',
      { 'http:1': ips(0, 101) },
      { 'http:1': ips(0, 101).filter((ip) => ip !== '10.0.0.99') },
      '+0 ~0 -1',
    ],
    ['no endpoints delete all slices', { 'http:1': ips(0, 101) }, {}, '+0 ~0 -2'],
    [
      'a changed condition updates one slice',
      { 'http:1': ips(0, 150) },
      {
        'http:1': [
          ...ips(1, 150),
          {
            addresses: ips(0, 1),
            conditions: { ready: false, serving: false, terminating: false },
          },
        ],
      },
      '+0 ~1 -0',
    ],
    [
      'a changed hostname updates one slice',
      { 'http:1': ips(0, 1) },
      { 'http:1': [{ addresses: ips(0, 1), hostname: 'a' }] },
      '+0 ~1 -0',
    ],
    [
      'a changed zone updates one slice',
      { 'http:1': ips(0, 1) },
      { 'http:1': [{ addresses: ips(0, 1), zone: 'a' }] },
      '+0 ~1 -0',
    ],
    [
      'another target port updates slices in place',
      { 'http:1': ips(0, 150) },
      { 'http:2': ips(0, 150) },
      '+0 ~2 -0',
    ],
    [
      'a second target port creates a slice',
      { 'http:1': ips(0, 5) },
      { 'http:1': ips(0, 4), 'http:2': ips(4, 5) },
      '+1 ~1 -0',
    ],
    [
      'removing a target port deletes a slice',
      { 'http:1': ips(0, 4), 'http:2': ips(4, 5) },
      { 'http:2': ips(0, 5) },
      '+0 ~1 -1',
    ],
  ])('%s', (_rule, before, after, writes) => {
    const existing = settle(desire(before))
    const plan = packSlices(desire(after), existing)
    expect(count(plan)).toBe(writes)
    expect(count(packSlices(desire(after), apply(existing, plan)))).toBe('+0 ~0 -0')
  })

  test('fills a slice that is written anyway first', () => {
    const before = ips(0, 285).sort()
    const existing = settle(desire({ 'http:1': before }))
    // The third slice, with 85 endpoints, has room for the new ones too.
    const after = [...before.slice(20), ...ips(300, 310)]
    expect(count(packSlices(desire({ 'http:1': after }), existing))).toBe('+0 ~1 -0')
  })

  test('fills the fuller of two slices first, so that the larger gap remains', () => {
    const all = ips(0, 200).sort()
    const some = [...all.slice(10, 100), ...all.slice(105)]
    const first = settle(desire({ 'http:1': some }), settle(desire({ 'http:1': all })))
    expect(first.map(({ endpoints }) => endpoints.length)).toEqual([90, 95])
    const more = [...some, ...ips(300, 301)]
    const second = settle(desire({ 'http:1': more }), first)
    expect(second.map(({ endpoints }) => endpoints.length)).toEqual([90, 96])
    const plan = packSlices(desire({ 'http:1': [...more, ...ips(400, 410)] }), second)
    expect(count(plan)).toBe('+0 ~1 -0')
  })

  test('to another address type never reuses a slice', () => {
    const existing = settle(desire({ 'http:1': ips(0, 1) }))
    const slices = [sliceView('http:1', ['fd00::1'], { addressType: 'IPv6' })]
    const source = {
      cluster: 'c1',
      service: serviceView(),
      slices,
      served: ports('http:80'),
      ...anywhere,
    }
    expect(count(packSlices(importedSlices(importView(), source), existing))).toBe('+1 ~0 -1')
  })
})

describe('an existing slice', () => {
  const desired = desire({ 'http:1': ips(0, 3) })
  const [fine] = settle(desired) as [ExistingSlice]
  const { labels } = fine
  test.each<[string, Partial<ExistingSlice>, string]>([
    ['that is as desired is kept', {}, '+0 ~0 -0'],
    ['keeps labels of other writers', { labels: { ...labels, mine: 'x' } }, '+0 ~0 -0'],
    [
      'with a wrong label is repaired',
      { labels: { ...labels, 'kubernetes.io/service-name': 'web' } },
      '+0 ~1 -0',
    ],
    ['that lost its labels is recognized by its name', { labels: {} }, '+0 ~1 -0'],
    [
      'loses a headless label',
      { labels: { ...labels, 'service.kubernetes.io/headless': '' } },
      '+0 ~1 -0',
    ],
    ['without its owner is repaired', { ownerReferences: [] }, '+0 ~1 -0'],
    [
      'of a recreated import is repaired',
      { ownerReferences: [{ ...fine.ownerReferences[0]!, uid: 'old' }] },
      '+0 ~1 -0',
    ],
    [
      'with a duplicate endpoint is repaired',
      { endpoints: [...fine.endpoints, fine.endpoints[0]!] },
      '+0 ~1 -0',
    ],
    [
      'with a foreign endpoint is repaired',
      { endpoints: [...fine.endpoints, endpoint('10.9.9.9')] },
      '+0 ~1 -0',
    ],
    ['without endpoints is filled', { endpoints: [] }, '+0 ~1 -0'],
    [
      'with its endpoints in another order is kept',
      { endpoints: fine.endpoints.toReversed() },
      '+0 ~0 -0',
    ],
    ['with another name and our labels is kept', { name: 'anything' }, '+0 ~0 -0'],
    ['that is being deleted is replaced by one with another name', { deleting: true }, '+1 ~0 -0'],
    [
      'of another controller is not changed',
      {
        name: 'anything',
        labels: { ...labels, 'endpointslice.kubernetes.io/managed-by': 'other' },
      },
      '+1 ~0 -0',
    ],
    [
      'whose source label a user changed is repaired',
      { labels: { ...labels, 'multicluster.kubernetes.io/source-cluster': 'c2' } },
      '+0 ~1 -0',
    ],
    [
      'with the name of another source is not changed, whatever its labels are',
      { name: importedSlices(importView(), from('c2')).namePrefix + 0 },
      '+1 ~0 -0',
    ],
    [
      'of another source is not changed',
      {
        name: 'anything',
        labels: { ...labels, 'multicluster.kubernetes.io/source-cluster': 'c2' },
      },
      '+1 ~0 -0',
    ],
  ])('%s', (_rule, change, writes) => {
    const plan = packSlices(desired, [{ ...fine, ...change }])
    expect(count(plan)).toBe(writes)
    for (const { slice } of plan.updates) expect(slice).toMatchObject({ labels: desired.labels })
    for (const { name } of plan.creates) expect(name).not.toBe(change.name ?? fine.name)
  })

  test('keeps labels of other writers when it is updated', () => {
    const [update] = packSlices(desired, [{ ...fine, labels: { mine: 'x' } }]).updates
    expect(update?.slice.labels).toEqual({ mine: 'x', ...desired.labels })
  })

  test('with more than 100 endpoints is split', () => {
    const many = desire({ 'http:1': ips(0, 150) })
    const endpoints = many.groups.flatMap((group) => group.endpoints)
    expect(count(packSlices(many, [{ ...fine, endpoints }]))).toBe('+1 ~1 -0')
  })
})

describe('slices of others with our labels', () => {
  /** A slice with 1,000 endpoints that counts each time it is read. */
  const forged = (name: string, reads: string[]): ExistingSlice => {
    const { labels, ownerReferences } = desire({})
    const slice = { ...sliceView('http:1', []), name, uid: name, resourceVersion: '1', labels }
    const endpoints = () => {
      reads.push(name)
      return ips(5000, 6000).map((address) => endpoint(address))
    }
    return Object.defineProperty({ ...slice, ownerReferences, deleting: false }, 'endpoints', {
      get: endpoints,
    })
  }

  test('are deleted, and only as many are read as the fleet could have written', () => {
    const reads: string[] = []
    const names = Array.from({ length: 1000 }, (_, i) => `forged-${i}`)
    const plan = packSlices(
      desire({ 'http:1': ips(0, 150) }),
      names.map((name) => forged(name, reads)),
    )
    expect(new Set(reads).size).toBeLessThan(60)
    expect(count(plan)).toBe('+0 ~2 -998')
  })

  test('do not replace endpoints of ours: those that are not read go into another slice', () => {
    const desired = desire({ 'http:1': ips(0, 150) })
    const names = Array.from({ length: 100 }, (_, i) => `forged-${i}`)
    const all = [...names.map((name) => forged(name, [])), ...settle(desired)]
    const after = settle(desired, all)
    expect(held(after)).toEqual(wanted(desired))
    expect(count(packSlices(desired, after))).toBe('+0 ~0 -0')
  })
})

test('a name that is taken is skipped', () => {
  const desired = desire({ 'http:1': ips(0, 1) })
  const { creates } = packSlices(desired, [], (name) => name.endsWith('-0'))
  expect(creates.map(({ name }) => name)).toEqual([`${desired.namePrefix}1`])
})

test('a repeated create has the same name', () => {
  const desired = desire({ 'http:1': ips(0, 250) })
  expect(packSlices(desired, [])).toEqual(packSlices(desired, []))
})

describe('for any sequence of endpoints', () => {
  // Few addresses and few ports, so that the steps overlap.
  const oneEndpoint = fc.record({
    addresses: fc.nat(399).map((n) => ips(n, n + 1)),
    hostname: fc.constantFrom('', 'a'),
    zone: fc.constantFrom('', 'z'),
    conditions: fc.record({
      ready: fc.constantFrom(true, false, undefined),
      serving: fc.constantFrom(true, false, undefined),
      terminating: fc.constantFrom(true, false, undefined),
    }),
  })
  const endpoints = fc.array(oneEndpoint, { maxLength: 300, size: 'max' })
  const step = fc.dictionary(fc.constantFrom('http:1', 'http:2', 'http:3'), endpoints)

  test('the writes lead to the desired slices, and a second plan is empty', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        let existing: ExistingSlice[] = []
        for (const desired of steps.map((one) => desire(one))) {
          existing = settle(desired, existing)
          expect(held(existing)).toEqual(wanted(desired))
          for (const slice of existing) expect(slice.endpoints.length).toBeLessThanOrEqual(100)
          expect(count(packSlices(desired, existing))).toBe('+0 ~0 -0')
        }
      }),
      { numRuns: 60 },
    )
  })
})

const line = (list: readonly unknown[], one: EndpointView) => JSON.stringify([list, one])
const held = (slices: readonly ExistingSlice[]) =>
  slices.flatMap((slice) => slice.endpoints.map((one) => line(slice.ports, one))).sort()
const wanted = ({ groups }: ImportedSlices) =>
  groups.flatMap((group) => group.endpoints.map((one) => line(group.ports, one))).sort()
