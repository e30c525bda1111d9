// The PTR records of the addresses of one block, in steps: thousands of Services may have the same addresses.
import { NAME_MAX_SIZE, TYPE_PTR } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'
import { readPrefix } from './address-blocks.ts'
import { hostAt, hostOf, scanAddresses } from './packed-addresses.ts'
import { reverseKey } from './reverse-key.ts'

/** What PTR records have besides their names. */
export interface PtrOptions {
  /** Wire name of the zone in which the names are, in lower case, with its root byte. */
  readonly primaryZone: Uint8Array
  /** Seconds. */
  readonly ttl: number
}

/** A Service with addresses in the block. */
interface Named {
  /** Wire name, with the zone. */
  readonly name: Uint8Array
  readonly packed: string
}

/** Who has an address. */
interface Users {
  /** The first Service whose own address it is. */
  service: Named | undefined
  /** For the first endpoints: their Services, and where their host names are in the texts of these. */
  readonly endpoints: Named[]
  readonly hosts: number[]
}

/** The most PTR records of an address. Everybody who may create Services can add one to each address. */
const MAX_RECORDS = 100
/** Services of one step. */
const STEP = 32
const records = new RecordWriter()

/**
 * Returns a name for each address of a block. `services` are texts (`packed-addresses.ts`) by the key "namespace/name";
 * they may change between the steps: the names are those at the first step. Services come in the order of their keys, so
 * that answers do not depend on time.
 */
export function* ptrNames(
  block: string,
  services: ReadonlyMap<string, string>,
  { primaryZone, ttl }: PtrOptions,
): Generator<void, CompiledName[]> {
  const { address } = readPrefix(block)
  const users = yield* usersOf(services, primaryZone)
  const names: CompiledName[] = []
  for (const [last, { service, endpoints, hosts }] of users) {
    address[address.length - 1] = last
    if (service !== undefined) records.record(QNAME_OFFSET, TYPE_PTR, ttl, service.name)
    else {
      const own = relativeName(hostOf(address))
      for (const [i, endpoint] of endpoints.entries()) {
        const host = hostAt(endpoint.packed, hosts[i]!)
        const label = host === '' ? own : relativeName(host)
        records.record(QNAME_OFFSET, TYPE_PTR, ttl, endpointName(label, endpoint.name))
      }
    }
    const answers = service === undefined ? endpoints.length : 1
    const answer = { type: TYPE_PTR, bytes: records.take(), answers, additionals: 0, rrSize: 0 }
    names.push({ name: reverseKey(address), answers: [answer] })
    yield
  }
  return names
}

/** The users of each address, by its last byte. */
function* usersOf(
  services: ReadonlyMap<string, string>,
  zone: Uint8Array,
): Generator<void, Map<number, Users>> {
  const found = new Map<number, Users>()
  const sorted = [...services].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [i, [key, packed]] of sorted.entries()) {
    if (i % STEP === 0) yield
    const [namespace = '', name = ''] = key.split('/')
    const service = relativeName(name, namespace, 'svc')
    if (service === undefined || service.length + zone.length > NAME_MAX_SIZE) continue
    const named = { name: concat(service, zone), packed }
    scanAddresses(packed, (last, host) => {
      let users = found.get(last)
      if (users === undefined) {
        users = { service: undefined, endpoints: [], hosts: [] }
        found.set(last, users)
      }
      if (host < 0) users.service ??= named
      else if (users.endpoints.length < MAX_RECORDS) {
        users.endpoints.push(named)
        users.hosts.push(host)
      }
    })
  }
  return found
}

/** An endpoint whose name would be too long has none of its own. */
function endpointName(label: Uint8Array | undefined, service: Uint8Array): Uint8Array {
  if (label === undefined || label.length + service.length > NAME_MAX_SIZE) return service
  return concat(label, service)
}
