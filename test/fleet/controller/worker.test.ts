// Writes to the clusters: the rate limit, pauses that the API server asks for, independence of the clusters, and the
// backoff of failed and reverted writes.
import { describe, expect, test } from 'vitest'
import type { MemberCluster } from '../../../src/fleet/api/member-cluster.ts'
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
import type { Write } from '../../../src/fleet/api/writes.ts'
import { TokenBucket } from '../../../src/fleet/controller/rate-limiter.ts'
import { refusal } from '../../../src/fleet/embedded/api-errors.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import type { LogFields } from '../../../src/log.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../embedded.ts'

type Perform = (member: MemberCluster, write: Write, signal: AbortSignal) => Promise<object>

/** c1 exports, the others import; every write goes through `perform`. */
function flow(perform: Perform, clusters = ['c1', 'c2']) {
  const writes: string[] = []
  const fleet = createFleet({
    clusters,
    perform: async (member, write, signal) => {
      writes.push(`${member.name} ${write.action} ${write.resource}`)
      return (await perform(member, write, signal)) as Readonly<Record<string, unknown>>
    },
  })
  for (const name of clusters) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web')
  for (const name of clusters.slice(1)) addImport(fleet.api(name), 'web')
  return { fleet, writes }
}

const pass: Perform = (member, write, signal) => member.write(write, signal)
const ticks = async (count = 20) => {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done))
}

test('log lines carry cluster, resource, namespace, name and action', async () => {
  const [lines, fields]: [string[], LogFields[]] = [[], []]
  const fleet = createFleet({
    log: memoryLog(lines, fields).log,
    perform: async (member, write, signal) => {
      if (write.resource === 'endpointslices') throw refusal(500, 'Internal', 'broken')
      return member.write(write, signal)
    },
  })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await ticks()
  const of = (text: string) => fields[lines.findIndex((line) => line.includes(text))]
  const about = { cluster: 'c2', namespace: 'ns', action: 'create' }
  expect(of('in sync')).toEqual({ cluster: 'c1' })
  expect(of('create services ')).toEqual({
    ...about,
    resource: 'services',
    name: expect.stringMatching(/^amcs-/) as unknown,
  })
  expect(of('broken')).toMatchObject({ ...about, resource: 'endpointslices' })
})

test('a write that is held back does not count as reverted', async () => {
  let isBlocked = true
  const { fleet, writes } = flow(async (member, write, signal) => {
    if (isBlocked) throw new ApiError('not_started', 'the lead is lost')
    return member.write(write, signal)
  })
  await fleet.settle()
  expect(writes.length).toBeGreaterThan(0)
  isBlocked = false
  fleet.controller.resync()
  await fleet.settle()
  expect(nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'spec').ips).toHaveLength(1)
  expect(fleet.lines.join()).not.toMatch(/webhook/)
  expect(fleet.controller.retrying).toBe(0)
})

describe('the rate limiter', () => {
  test('allows a burst, then `qps` writes per second', async () => {
    const clock = handClock()
    const writeLimits = new TokenBucket({ qps: 10, burst: 3 }, clock)
    const { signal } = new AbortController()
    let taken = 0
    const run = async () => {
      for (;;) {
        await writeLimits.take(signal)
        taken++
      }
    }
    void run()
    await ticks(2)
    expect(taken).toBe(3)
    for (let i = 0; i < 10; i++) {
      clock.advance(100)
      await ticks(2)
    }
    expect(taken).toBe(13)
  })

  test('allows no write during a pause', async () => {
    const clock = handClock()
    const writeLimits = new TokenBucket({ qps: Number.POSITIVE_INFINITY, burst: 1 }, clock)
    writeLimits.pause(5000)
    let ready = false
    void writeLimits.ready(new AbortController().signal).then(() => {
      ready = true
    })
    clock.advance(4999)
    await ticks(2)
    expect(ready).toBe(false)
    clock.advance(1)
    await ticks(2)
    expect(ready).toBe(true)
  })
})

test('a cluster whose writes hang does not delay others', async () => {
  const hang: Perform = (member, write, signal) =>
    member.name === 'c2' ? new Promise(() => {}) : pass(member, write, signal)
  const { fleet } = flow(hang, ['c1', 'c2', 'c3'])
  await ticks()
  const found = fleet.get('c3', 'serviceimports', 'ns/web')
  expect(nestedObject(found, 'status').clusters).toEqual([{ cluster: 'c1' }])
  expect(fleet.get('c2', 'services', 'ns/amcs-web')).toBeUndefined()
})

test('Retry-After pauses the whole cluster', async () => {
  let throttled = true
  const perform: Perform = async (member, write, signal) => {
    if (member.name === 'c2' && throttled) {
      throw new ApiError('throttled', 'slow down', { status: 429, retryAfterMs: 20_000 })
    }
    return pass(member, write, signal)
  }
  const { fleet, writes } = flow(perform)
  await ticks()
  const before = writes.length
  throttled = false
  fleet.clock.advance(19_000)
  addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
  await ticks()
  expect(writes.length).toBe(before)
  fleet.clock.advance(1000)
  await fleet.settle()
  const service = fleet.get('c2', 'services', 'ns/amcs-web')
  expect(nestedObject(service, 'spec').clusterIPs).toEqual(['10.96.0.1', 'fd00:96::1'])
  expect(JSON.stringify(fleet.api('c2').list('endpointslices'))).toContain('10.1.0.2')
})

test.each([
  { name: 'in a Service', spec: { trafficDistribution: 'PreferClose' } },
  { name: 'by a selector, which requires a new Service', spec: { selector: { app: 'user' } } },
])('a write that is reverted at once is not repeated forever: $name', async ({ spec }) => {
  const stubborn: Perform = async (member, write, signal) => {
    const answer = await member.write(write, signal)
    if (write.resource === 'services' && write.action !== 'delete') {
      const body = { spec }
      fleet.api(member.name).patch('services', 'ns/amcs-web', body, 'webhook')
    }
    return answer
  }
  const { fleet, writes } = flow(stubborn)
  await ticks(200)
  expect(writes.filter((one) => one.endsWith('services')).length).toBeLessThan(5)
  expect(fleet.lines.join('\n')).toMatch(/reverted at once, perhaps by an admission webhook/)
})

test('the status of an import does not wait for a field that its cluster drops', async () => {
  // As with an old CRD: the patch changes nothing then, and there is no watch event.
  const pruning: Perform = async (member, write, signal) => {
    const isSpec = write.action === 'patch' && 'ipFamilies' in nestedObject(write.body, 'spec')
    if (!isSpec) return member.write(write, signal)
    const { ipFamilies: _, ...spec } = nestedObject(write.body, 'spec')
    const key = `${write.namespace}/${write.id.name}`
    const { ips } = nestedObject(fleet.get(member.name, write.resource, key), 'spec')
    if (JSON.stringify(ips) === JSON.stringify(spec.ips)) {
      return fleet.get(member.name, write.resource, key)!
    }
    return member.write({ ...write, body: { ...write.body, spec } }, signal)
  }
  const { fleet } = flow(pruning)
  await fleet.settle()
  const clusters = () =>
    nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status').clusters
  expect(clusters()).toEqual([{ cluster: 'c1' }])
  // A user edits the status just before another controller starts, which has yet to observe the limits.
  fleet.api('c2').patch('serviceimports', 'ns/web', { status: { clusters: [] } }, 'user', 'status')
  await fleet.restart()
  await fleet.settle()
  expect(clusters()).toEqual([{ cluster: 'c1' }])
})

describe('backed off is', () => {
  type Fleet = ReturnType<typeof flow>['fleet']
  /** Advances the clock second by second. */
  const seconds = async (fleet: Fleet, count: number, each: () => void = () => {}) => {
    for (let i = 0; i < count; i++) {
      fleet.clock.advance(1000)
      each()
      await ticks(5)
    }
  }
  const ofServices = (writes: readonly string[]) =>
    writes.filter((one) => one.endsWith(' services'))
  const addresses = (fleet: Fleet) => JSON.stringify(fleet.api('c2').list('endpointslices'))
  const warnings = (fleet: Fleet, text: RegExp) => fleet.lines.filter((line) => text.test(line))
  const readiness = (fleet: Fleet) => {
    const { conditions } = nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status')
    const [ready] = conditions as { status: string; reason: string; message: string }[]
    return `${ready?.status} ${ready?.reason} ${ready?.message}`
  }

  test('a write that a webhook reverts', async () => {
    const { fleet, writes } = flow(async (member, write, signal) => {
      const answer = await member.write(write, signal)
      if (write.resource === 'services' && write.action !== 'delete') {
        const body = { spec: { internalTrafficPolicy: 'Local' } }
        fleet.api(member.name).patch('services', 'ns/amcs-web', body, 'webhook')
      }
      return answer
    })
    await seconds(fleet, 60)
    const inOneMinute = ofServices(writes).length
    expect(inOneMinute).toBeLessThan(12)
    await seconds(fleet, 300)
    // The last delays are 15 to 30 seconds.
    expect(ofServices(writes).length).toBeLessThan(inOneMinute + 25)
    expect(warnings(fleet, /patch services ns\/amcs-web: .*an admission webhook/)).toHaveLength(1)
    // Other writes are not delayed.
    addSlice(fleet.api('c1'), 'web', ['10.1.0.9'])
    await ticks()
    expect(addresses(fleet)).toContain('10.1.0.9')
  })

  test('a write that another controller reverts repeatedly', async () => {
    const { fleet, writes } = flow(pass)
    await ticks()
    const change = () => {
      const body = { spec: { trafficDistribution: 'PreferClose' } }
      fleet.api('c2').patch('services', 'ns/amcs-web', body, 'another')
    }
    const isReverted = () =>
      nestedObject(fleet.get('c2', 'services', 'ns/amcs-web'), 'spec').trafficDistribution == null
    // As with manual edits: reverted without delay.
    for (let i = 0; i < 3; i++) {
      change()
      await ticks()
      expect(isReverted()).toBe(true)
    }
    writes.length = 0
    await seconds(fleet, 360, change)
    expect(writes.length).toBeLessThan(40)
    expect(warnings(fleet, /reverted again and again, perhaps by another controller/)).toHaveLength(
      1,
    )
    // The other controller has stopped.
    await seconds(fleet, 30)
    expect(isReverted()).toBe(true)
    await seconds(fleet, 600)
    change()
    await ticks()
    expect(isReverted()).toBe(true)
  })

  test('not an endpoint that alternates: it is written each time', async () => {
    const { fleet } = flow(pass)
    for (let i = 0; i < 10; i++) {
      for (const address of ['10.1.0.1', '10.1.0.2']) {
        addSlice(fleet.api('c1'), 'web', [address])
        await ticks()
        expect(addresses(fleet)).toContain(address)
      }
    }
  })

  test('a write that a webhook refuses with another message each time', async () => {
    let requests = 0
    const { fleet, writes } = flow(async (member, write, signal) => {
      if (write.resource !== 'services') return member.write(write, signal)
      throw refusal(
        403,
        'Forbidden',
        `create services ns/amcs-web: denied (request r-${requests++}-a)`,
      )
    })
    await seconds(fleet, 360)
    expect(requests).toBeGreaterThan(5)
    expect(requests).toBeLessThan(40)
    expect(readiness(fleet)).toContain('False ServiceFailed')
    expect(writes.filter((one) => one === 'c2 patch serviceimports')).toHaveLength(1)
    expect(warnings(fleet, /denied/)).toEqual([
      expect.stringMatching(
        /service ns\/web: create services ns\/amcs-web: denied \(request r-0-a\);/,
      ),
    ])
  })

  test('a refused write more and more slowly: after an hour every five minutes', async () => {
    let requests = 0
    const { fleet } = flow(async (member, write, signal) => {
      if (write.resource !== 'services') return member.write(write, signal)
      requests++
      throw refusal(403, 'Forbidden', 'exceeded quota: q')
    })
    await seconds(fleet, 3600)
    const inOneHour = requests
    expect(inOneHour).toBeLessThan(40)
    await seconds(fleet, 600)
    expect(requests).toBeGreaterThan(inOneHour)
    expect(requests).toBeLessThan(inOneHour + 6)
  })

  test('not a Service that is no longer refused, and the status no longer reports the refusal', async () => {
    const { fleet } = flow(async (member, write, signal) => {
      if (write.resource !== 'services' || write.action !== 'patch') {
        return member.write(write, signal)
      }
      throw refusal(403, 'Forbidden', 'no')
    })
    await fleet.settle()
    addService(fleet.api('c1'), 'web', { trafficDistribution: 'PreferClose' })
    await seconds(fleet, 2)
    expect(readiness(fleet)).toBe('False ServiceFailed no')
    addService(fleet.api('c1'), 'web', { trafficDistribution: null })
    await ticks()
    expect(readiness(fleet)).toContain('True Ready')
    expect(fleet.controller.retrying).toBe(0)
  })

  test.each([
    { name: 'a conflict', error: refusal(409, 'Conflict', 'it was modified') },
    { name: 'a deleted object', error: refusal(404, 'NotFound', 'there is none') },
  ])('$name, which is only logged when it recurs', async ({ error }) => {
    let failures = 2
    const { fleet, writes } = flow(async (member, write, signal) => {
      const isMeant = write.resource === 'serviceimports' && write.action === 'patch'
      if (isMeant && failures-- > 0) throw error
      return member.write(write, signal)
    })
    await fleet.settle()
    expect(readiness(fleet)).toContain('True Ready')
    expect(warnings(fleet, /will be retried/)).toEqual([])
    failures = Number.POSITIVE_INFINITY
    addService(fleet.api('c1'), 'web', {
      sessionAffinity: 'ClientIP',
      ipFamilyPolicy: 'PreferDualStack',
    })
    writes.length = 0
    await seconds(fleet, 60)
    expect(writes.length).toBeGreaterThan(3)
    expect(writes.length).toBeLessThan(20)
    expect(warnings(fleet, /will be retried/)).toHaveLength(1)
  })

  const ending = { reason: 'NamespaceTerminating', field: 'metadata.namespace', message: '' }
  test.each([
    { name: 'that ends', error: refusal(403, 'Forbidden', 'being deleted', [ending]) },
    { name: 'that is gone', error: refusal(404, 'NotFound', 'namespaces "ns" not found') },
  ])('not a write in a namespace $name, which is neither retried nor logged', async ({ error }) => {
    const { fleet } = flow(async (member, write, signal) => {
      if (write.resource !== 'services') return member.write(write, signal)
      throw error
    })
    await fleet.settle()
    expect(fleet.get('c2', 'services', 'ns/amcs-web')).toBeUndefined()
    expect(warnings(fleet, /retried/)).toEqual([])
    expect(fleet.controller.retrying).toBe(0)
    expect(JSON.stringify(fleet.get('c2', 'serviceimports', 'ns/web'))).not.toContain(
      'ServiceFailed',
    )
    const results = fleet.controller
      .families()
      .filter(({ name }) => name === 'clusterset_dns_fleet_writes_total')
      .flatMap(({ samples }) => samples.map(([, labels]) => labels.result))
    expect(new Set(results)).toEqual(new Set(['ok', 'terminating']))
  })
})

test('a cluster with old CRDs gets the supported fields, and the others once the CRDs are upgraded', async () => {
  let isOld = true
  const older: Perform = async (member, write, signal) => {
    if (!isOld) return pass(member, write, signal)
    if (write.resource !== 'serviceimports' || write.action === 'delete') {
      return pass(member, write, signal)
    }
    const { ipFamilies: _, ...spec } = nestedObject(write.body, 'spec')
    const { conditions: __, ...status } = nestedObject(write.body, 'status')
    if (Array.isArray(spec.ips) && spec.ips.length > 1) {
      throw refusal(422, 'Invalid', 'spec.ips: Too many: 2: must have at most 1 items')
    }
    const isStatus = write.action === 'patch' && write.subresource === 'status'
    const { metadata = {} } = write.body
    return member.write({ ...write, body: isStatus ? { status } : { metadata, spec } }, signal)
  }
  const { fleet, writes } = flow(older)
  addService(fleet.api('c1'), 'web', { ipFamilyPolicy: 'PreferDualStack' })
  await fleet.settle()
  expect(fleet.get('c2', 'serviceimports', 'ns/web')).toMatchObject({
    spec: { ips: ['10.96.0.1'] },
    status: { clusters: [{ cluster: 'c1' }] },
  })
  expect(fleet.lines.filter((line) => /the API server drops/.test(line))).toHaveLength(2)
  const before = writes.length
  fleet.controller.resync()
  await fleet.settle()
  expect(writes.length).toBe(before)
  const hour = async () => {
    fleet.clock.advance(3_600_000)
    await fleet.settle()
  }
  await hour()
  expect(writes.length).toBeGreaterThan(before)
  expect(writes.length).toBeLessThan(before + 5)
  expect(fleet.lines.filter((line) => /the API server drops/.test(line))).toHaveLength(2)
  isOld = false
  await hour()
  const found = fleet.get('c2', 'serviceimports', 'ns/web')
  expect(nestedObject(found, 'spec').ips).toEqual(['10.96.0.1', 'fd00:96::1'])
  expect(nestedObject(found, 'status').conditions).toHaveLength(1)
  const renewed = writes.length
  await hour()
  expect(writes.length).toBe(renewed)
})

test('a cluster that does not know a trafficDistribution gets the Service without it', async () => {
  const { fleet } = flow(async (member, write, signal) => {
    const { trafficDistribution } = nestedObject(
      write.action === 'delete' ? {} : write.body,
      'spec',
    )
    if (write.resource === 'services' && trafficDistribution === 'PreferSameZone') {
      const field = 'spec.trafficDistribution: Unsupported value: "PreferSameZone"'
      throw refusal(422, 'Invalid', `Service "amcs-web" is invalid: ${field}`)
    }
    return member.write(write, signal)
  })
  addService(fleet.api('c1'), 'web', { trafficDistribution: 'PreferSameZone' })
  await fleet.settle()
  expect(nestedObject(fleet.get('c2', 'services', 'ns/amcs-web'), 'spec').clusterIP).toBe(
    '10.96.0.1',
  )
  const [ready] = nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status')
    .conditions as object[]
  expect(ready).toMatchObject({ type: 'Ready', status: 'True' })
  expect(
    fleet.lines.filter((line) => /services spec\.trafficDistribution is left out/.test(line)),
  ).toHaveLength(1)
})

test.each([
  ['a moment after a Service was deleted is tried again', 1, '10.96.0.1'],
  ['by another Service is replaced', 2, '10.96.0.2'],
])('an address that is allocated %s', async (_, refusals, expected) => {
  let left = refusals
  const { fleet } = flow(async (member, write, signal) => {
    const spec = nestedObject(write.action === 'delete' ? {} : write.body, 'spec')
    if (write.resource === 'services' && spec.clusterIP === '10.96.0.1' && left-- > 0) {
      throw refusal(422, 'Invalid', 'spec.clusterIPs: provided IP is already allocated')
    }
    return member.write(write, signal)
  })
  await fleet.settle()
  const address = () =>
    nestedObject(fleet.get('c2', 'services', 'ns/amcs-web') ?? {}, 'spec').clusterIP
  expect(address()).toBe('10.96.0.1')
  // The embedded API server frees the address at once; another Service takes it.
  fleet.api('c2').delete('services', 'ns/amcs-web')
  if (expected !== '10.96.0.1') addService(fleet.api('c2'), 'other')
  await ticks()
  expect(address()).toBeUndefined()
  fleet.clock.advance(500)
  await fleet.settle()
  expect(address()).toBe(expected)
})

test('two clusters with the same endpoint address are logged', async () => {
  const { fleet } = flow(pass, ['c1', 'c2'])
  addService(fleet.api('c2'), 'web')
  addSlice(fleet.api('c2'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c2'), 'web')
  await fleet.settle()
  expect(
    fleet.lines.filter((line) =>
      /clusters c1 and c2 have endpoints with the same address/.test(line),
    ),
  ).toHaveLength(1)
})
