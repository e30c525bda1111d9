// What an API server refuses: the named parts are left out, a refused object holds back itself alone, and both are told
// by conditions, Events and log lines.
import { describe, expect, test } from 'vitest'
import { nestedObject, objectsOf, stringOf } from '../../../src/fleet/api/unstructured.ts'
import { type Body, objectOf, type Write } from '../../../src/fleet/api/writes.ts'
import { invalid, refusal } from '../../../src/fleet/embedded/api-errors.ts'
import type { ApiError } from '../../../src/kube/api-error.ts'
import { addExport, addNamespace, addService, addSlice, apply, createFleet } from '../embedded.ts'

type Refuse = (write: Write) => ApiError | undefined

/** Waits until all writes are done, without a retry. */
const ticks = async () => {
  for (let i = 0; i < 300; i++) await new Promise((done) => setImmediate(done))
}

/** c1 exports, c2 imports in mode auto and refuses; settled. */
async function start(refuse: Refuse) {
  const rule = { refuse }
  const sent: string[] = []
  const fleet = createFleet({
    clusters: ['c1', 'c2'],
    mode: 'auto',
    perform: async (member, write, signal) => {
      sent.push(`${member.name} ${objectOf(write)}`)
      const error = member.name === 'c2' ? rule.refuse(write) : undefined
      if (error !== undefined) throw error
      return member.write(write, signal)
    },
  })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web', {
    ports: [
      { name: 'http', port: 80, protocol: 'TCP', appProtocol: 'h2c' },
      { name: 'admin', port: 81, protocol: 'TCP' },
    ],
  })
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '10.1.0.2'])
  addExport(fleet.api('c1'), 'web', {
    spec: { exportedLabels: { team: 'a', tier: 'b' }, exportedAnnotations: { note: 'x' } },
  })
  await ticks()
  return {
    fleet,
    rule,
    sent,
    ready: () => {
      const found = fleet.get('c2', 'serviceimports', 'ns/web')
      const [ready] = objectsOf(nestedObject(found, 'status').conditions)
      return `${ready?.status} ${ready?.reason} ${ready?.message}`
    },
    events: () =>
      fleet
        .api('c2')
        .events.map(({ reason, message }) => `${stringOf(reason)} ${stringOf(message)}`)
        .join('\n'),
    addresses: () =>
      fleet
        .api('c2')
        .list('endpointslices')
        .flatMap(({ endpoints }) => objectsOf(endpoints).flatMap((one) => one.addresses))
        .sort(),
  }
}

const bodyOf = (write: Write): Body => (write.action === 'delete' ? {} : write.body)

/** Refuses the first element of a list that has `text`. */
const refuseElement = (resource: Write['resource'], path: string, text: string): Refuse => {
  return (write) => {
    if (write.resource !== resource) return undefined
    const [name, parent] = path.split('.').toReversed()
    const list = objectsOf(nestedObject(bodyOf(write), ...(parent ? [parent] : []))[name!])
    const index = list.findIndex((one) => JSON.stringify(one).includes(text))
    return index < 0 ? undefined : invalid(`${path}[${index}]`, `Invalid value: "${text}": denied`)
  }
}

const refuseKey = (map: 'labels' | 'annotations', key: string): Refuse => {
  return (write) => {
    if (write.resource !== 'serviceimports') return undefined
    const has = nestedObject(bodyOf(write), 'metadata', map)[key] !== undefined
    return has ? invalid(`metadata.${map}[${key}]`, 'denied') : undefined
  }
}

describe('a refusal that names a field leaves only that part out', () => {
  test.each<[what: string, refuse: Refuse, event: string, lost: string, kept: string]>([
    [
      'endpoint',
      refuseElement('endpointslices', 'endpoints', '10.1.0.1'),
      'EndpointsLeftOut',
      '10.1.0.1',
      '10.1.0.2',
    ],
    [
      'port of a Service',
      refuseElement('services', 'spec.ports', 'admin'),
      'PortsLeftOut',
      '"name":"amcs-web".*"admin"',
      '"http"',
    ],
    [
      'port of a ServiceImport',
      refuseElement('serviceimports', 'spec.ports', 'admin'),
      'PortsLeftOut',
      '"admin"',
      '"http"',
    ],
    ['label', refuseKey('labels', 'team'), 'LabelsLeftOut', '"team":"a"', '"tier":"b"'],
    [
      'annotation',
      refuseKey('annotations', 'note'),
      'AnnotationsLeftOut',
      '"note":"x"',
      '"team":"a"',
    ],
  ])('%s', async (_what, refuse, event, lost, kept) => {
    const { fleet, ready, events, sent } = await start(refuse)
    const objects = () =>
      (['serviceimports', 'services', 'endpointslices'] as const)
        .flatMap((resource) => fleet.api('c2').list(resource))
        .map((one) => JSON.stringify({ ...one, status: undefined }))
        .join('\n')
    expect(objects()).not.toMatch(new RegExp(lost))
    expect(objects()).toMatch(kept)
    expect(ready()).toMatch(/^True \w+ .*Left out because the API server refuses it: .*denied/)
    expect(events()).toMatch(new RegExp(`^${event} Left out .*denied`, 'm'))
    expect(fleet.lines.filter((line) => / is left out because/.test(line))).toHaveLength(1)
    expect(fleet.controller.retrying).toBe(0)
    const before = sent.length
    fleet.controller.resync()
    await ticks()
    expect(sent.length).toBe(before)
  })

  test('until it is accepted, which is tried every hour', async () => {
    const { fleet, rule, ready, addresses } = await start(
      refuseElement('endpointslices', 'endpoints', '10.1.0.1'),
    )
    expect(addresses()).toEqual(['10.1.0.2'])
    rule.refuse = () => undefined
    fleet.clock.advance(3_600_000)
    await ticks()
    expect(addresses()).toEqual(['10.1.0.1', '10.1.0.2'])
    expect(ready()).toBe('True Ready The service has been imported.')
  })

  test('unless no endpoint is left: the import is not ready', async () => {
    const { ready, events } = await start(refuseElement('endpointslices', 'endpoints', '10.1.0.'))
    expect(ready()).toMatch(/^False EndpointsRefused No endpoint is left of cluster c1/)
    expect(events()).toMatch(/^EndpointsLeftOut .*10\.1\.0\.1.*10\.1\.0\.2/m)
  })
})

describe('a refusal without a field holds back that object alone', () => {
  const only = (object: string, status: number): Refuse => {
    return (write) =>
      objectOf(write).startsWith(object) ? refusal(status, '', `denied by policy p`) : undefined
  }
  test.each([
    ['services ns/', 403, 'False ServiceFailed denied by policy p', /^ServiceFailed denied/m],
    ['services ns/', 422, 'False ServiceFailed denied by policy p', /^ServiceFailed denied/m],
    [
      'endpointslices ns/',
      413,
      'False EndpointsRefused Endpoints of cluster c1: denied by policy p',
      /^EndpointsRefused .*denied/m,
    ],
    ['serviceimports/status ns/', 403, 'undefined undefined undefined', /^WriteRefused denied/m],
  ])('%s with status %d', async (object, status, condition, event) => {
    const { fleet, ready, events } = await start(only(object, status))
    expect(ready()).toBe(condition)
    expect(events()).toMatch(event)
    expect(
      fleet.lines.filter((line) => /denied by policy p; it will be retried/.test(line)),
    ).toHaveLength(1)
    expect(fleet.controller.retrying).toBe(1)
  })

  test('a ServiceImport that cannot be created is told by an Event', async () => {
    const { events } = await start(only('serviceimports ns/', 403))
    expect(events()).toMatch(/^WriteRefused denied by policy p/m)
  })

  test('the deletion of a Service whose ServiceImport is gone is told by an Event', async () => {
    const { fleet, rule, events } = await start(() => undefined)
    rule.refuse = (write) =>
      write.action === 'delete' && write.resource === 'services'
        ? refusal(403, '', 'denied by policy p')
        : undefined
    fleet.api('c2').delete('serviceimports', 'ns/web')
    fleet.api('c1').delete('serviceexports', 'ns/web')
    await ticks()
    expect(fleet.get('c2', 'services', 'ns/amcs-web')).toBeDefined()
    expect(events()).toMatch(/^WriteRefused denied by policy p/m)
  })

  test('an EndpointSlice: the others of its source are written', async () => {
    const { fleet, rule, ready, addresses } = await start(() => undefined)
    rule.refuse = (write) =>
      write.resource === 'endpointslices' && JSON.stringify(bodyOf(write)).includes('8081')
        ? refusal(403, '', 'denied by policy p')
        : undefined
    const other = [{ name: 'http', port: 8081, protocol: 'TCP' }]
    const slice = fleet.get('c1', 'endpointslices', 'ns/web-abcde')!
    const metadata = { ...nestedObject(slice, 'metadata'), name: 'web-a' }
    const endpoints = [{ addresses: ['10.1.0.7'] }]
    apply(fleet.api('c1'), 'endpointslices', { ...slice, metadata, ports: other, endpoints })
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '10.1.0.9'])
    await ticks()
    expect(addresses()).toEqual(['10.1.0.1', '10.1.0.9'])
    expect(ready()).toMatch(/^False EndpointsRefused/)
    rule.refuse = () => undefined
    fleet.clock.advance(300_000)
    await ticks()
    expect(addresses()).toEqual(['10.1.0.1', '10.1.0.7', '10.1.0.9'])
    expect(ready()).toBe('True Ready The service has been imported.')
  })
})
