// The objects that the tables of the targets are compiled from: those of the other tests, and generated ones.
import { objects } from '../cases/objects.ts'
import { encodeQuery } from '../support/dns-encode.ts'
import { createRandom } from '../support/random.ts'
import { randomLocalObjects } from '../support/random-local-objects.ts'
import { randomObjects } from '../support/random-objects.ts'
import { randomQuery } from '../support/random-queries.ts'

const random = createRandom(20_261_130)
const SERVICES = 60
const QUERIES = 150

const imported = randomObjects(random, SERVICES)
const local = randomLocalObjects(random, SERVICES)

/** The text of a file of manifests. */
export function manifests(): string {
  const all = [...objects, ...imported.objects, ...local.objects]
  return all.map((object) => `---\n${JSON.stringify(object)}\n`).join('')
}

/** Queries for the names of the generated objects; some of their replies are larger than any client takes over UDP. */
export function objectQueries(): readonly Uint8Array[] {
  const some = Array.from({ length: QUERIES }, () => {
    return Uint8Array.from(randomQuery(random, imported, 'clusterset.local').bytes)
  })
  const sizes = [undefined, { size: 512 }, { size: 1232 }, { size: 4096, do: true }]
  const all = [...imported.services, ...local.services].flatMap((service, i) => {
    const zone = 'kind' in service ? 'cluster.local' : 'clusterset.local'
    const name = `${service.name}.${service.namespace}.svc.${zone}`
    const host = service.hosts[0]
    const names = [name, `_http._tcp.${name}`, ...(host === undefined ? [] : [`${host}.${name}`])]
    return names.map((one, k) => {
      const type = k === 1 ? 'SRV' : i % 3 === 0 ? 'AAAA' : 'A'
      return Uint8Array.from(encodeQuery({ name: one, type, id: i, edns: sizes[(i + k) % 4] }))
    })
  })
  const reverse = local.services.flatMap(({ addresses: [address = ''] }, i) => {
    if (!address.includes('.')) return []
    const name = `${address.split('.').reverse().join('.')}.in-addr.arpa`
    return [Uint8Array.from(encodeQuery({ name, type: 'PTR', id: i, edns: sizes[i % 4] }))]
  })
  return [...some, ...all, ...reverse]
}
