// An import of mode auto comes into being with its addresses: no DNS answer between export and address is negative.
import { describe, expect, test } from 'vitest'
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
import type { Body } from '../../../src/fleet/api/writes.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import {
  addExport,
  addNamespace,
  addService,
  apply,
  createFleet,
  type FleetOptions,
} from '../embedded.ts'

/** c1 exports `web`, both clusters import it. `first` has the first version of each import. */
function exportingFleet(options: FleetOptions = {}, spec: Body = {}) {
  const first = new Map<string, Body>()
  const fleet = createFleet({
    mode: 'auto',
    wire: async (send) => {
      const body = await send()
      if (['ClusterSetIP', 'Headless'].includes(String(nestedObject(body, 'spec').type))) {
        const { uid } = nestedObject(body, 'metadata')
        if (!first.has(String(uid))) first.set(String(uid), body)
      }
      return body
    },
    ...options,
  })
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web', spec)
  addExport(fleet.api('c1'), 'web')
  return { fleet, first }
}

describe('a new import of mode auto', () => {
  test('has its addresses and families from its first version on', async () => {
    const { fleet, first } = exportingFleet()
    await fleet.settle()
    expect(first.size).toBe(2)
    for (const body of first.values()) {
      const { ips, ipFamilies } = nestedObject(body, 'spec')
      expect(ips).toHaveLength(1)
      expect(ipFamilies).toEqual(['IPv4'])
    }
  })

  test('comes after its Service, which then gets its owner', async () => {
    const { fleet } = exportingFleet()
    await fleet.settle()
    expect(fleet.writes.filter((write) => write.startsWith('c2'))).toEqual([
      'c2 create services ns/amcs-web',
      'c2 create serviceimports ns/web',
      'c2 patch services ns/amcs-web',
      'c2 patch serviceimports ns/web',
    ])
    const { uid } = nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'metadata')
    expect(
      nestedObject(fleet.get('c2', 'services', 'ns/amcs-web'), 'metadata').ownerReferences,
    ).toMatchObject([{ kind: 'ServiceImport', name: 'web', uid }])
  })

  test('that is headless has its families and no address', async () => {
    const { fleet, first } = exportingFleet({}, { clusterIP: 'None' })
    await fleet.settle()
    for (const body of first.values()) {
      expect(nestedObject(body, 'spec')).toMatchObject({
        type: 'Headless',
        ipFamilies: ['IPv4'],
      })
      expect(nestedObject(body, 'spec').ips ?? []).toEqual([])
    }
  })

  test('is created beside a Service of a user and reports the conflict', async () => {
    const { fleet, first } = exportingFleet()
    addService(fleet.api('c2'), 'amcs-web')
    await fleet.settle()
    expect([...first.values()].map((body) => nestedObject(body, 'spec').ips ?? [])).toContainEqual(
      [],
    )
    expect(
      nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status').conditions,
    ).toMatchObject([{ type: 'Ready', status: 'False', reason: 'NameConflict' }])
  })

  test('is created without its Service when the API server refuses the Service', async () => {
    const fleet = exportingFleet({
      perform: async (member, write, signal) => {
        if (write.action === 'create' && write.resource === 'services') {
          throw new ApiError('invalid', 'range is full', { status: 422 })
        }
        return member.write(write, signal)
      },
    }).fleet
    for (let i = 0; i < 50; i++) await new Promise((done) => setImmediate(done))
    fleet.clock.advance(30_000)
    for (let i = 0; i < 50; i++) await new Promise((done) => setImmediate(done))
    expect(
      nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status').conditions,
    ).toMatchObject([{ type: 'Ready', status: 'False', reason: 'ServiceFailed' }])
  })
})

describe('what a cluster refuses of a new import', () => {
  test('a refused port is left out of the Service, and the import has its addresses', async () => {
    const { fleet, first } = exportingFleet(
      {
        perform: async (member, write, signal) => {
          if (write.action === 'create' && write.resource === 'services') {
            const ports = nestedObject(write.body, 'spec').ports as readonly Body[]
            const index = ports.findIndex(({ name }) => name === 'bad')
            if (index >= 0) {
              const causes = [{ field: `spec.ports[${index}]`, message: 'not allowed', reason: '' }]
              throw new ApiError('invalid', 'not allowed', { status: 422, causes })
            }
          }
          return member.write(write, signal)
        },
      },
      {
        ports: [
          { name: 'http', port: 80 },
          { name: 'bad', port: 81 },
        ],
      },
    )
    await fleet.settle()
    const service = nestedObject(fleet.get('c2', 'services', 'ns/amcs-web'), 'spec')
    expect(service.ports).toMatchObject([{ name: 'http' }])
    for (const body of first.values()) expect(nestedObject(body, 'spec').ips).toHaveLength(1)
  })
})

describe('a leader that stops between Service and import', () => {
  /** The fleet after c2 has the Service but not the import. */
  async function interrupted() {
    let blocked = true
    const { fleet, first } = exportingFleet({
      perform: async (member, write, signal) => {
        if (blocked && write.resource === 'serviceimports' && member.name === 'c2') {
          throw new ApiError('not_started', 'another replica leads')
        }
        return member.write(write, signal)
      },
    })
    await fleet.settle()
    expect(fleet.get('c2', 'services', 'ns/amcs-web')).toBeDefined()
    expect(fleet.get('c2', 'serviceimports', 'ns/web')).toBeUndefined()
    blocked = false
    return { fleet, first }
  }

  test('leaves a Service that the next leader adopts', async () => {
    const { fleet } = await interrupted()
    const before = nestedObject(fleet.get('c2', 'services', 'ns/amcs-web'), 'metadata').uid
    await fleet.restart()
    await fleet.settle()
    const service = fleet.get('c2', 'services', 'ns/amcs-web')
    expect(nestedObject(service, 'metadata')).toMatchObject({
      uid: before,
      ownerReferences: [{ name: 'web' }],
    })
    expect(nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'spec').ips).toEqual([
      nestedObject(service, 'spec').clusterIP,
    ])
  })

  test('leaves a Service that is deleted when the export is gone', async () => {
    const { fleet } = await interrupted()
    fleet.api('c1').delete('serviceexports', 'ns/web')
    await fleet.restart()
    await fleet.settle()
    expect(fleet.get('c2', 'services', 'ns/amcs-web')).toBeUndefined()
  })

  test('leaves a Service that is deleted when the namespace has mode manual now', async () => {
    const { fleet } = await interrupted()
    apply(fleet.api('c2'), 'namespaces', {
      metadata: { name: 'ns', annotations: { 'clusterset-dns.io/import-mode': 'manual' } },
    })
    await fleet.restart()
    await fleet.settle()
    expect(fleet.get('c2', 'services', 'ns/amcs-web')).toBeUndefined()
  })
})
