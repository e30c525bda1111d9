// The addresses of Pods. A Pod is known by its first IP only; Pods in the host's network share theirs. There are many
// Pods, so they are records of bytes (pod-records.ts), found by name and by address through tables of offsets: 50 to 55
// bytes for each Pod with a name of 26 characters, where maps of texts took 106 to 122.
import { entryBytes } from '../kube/entry-bytes.ts'
import { randomHashKey } from '../zone/name-hash.ts'
import { OffsetSlots } from './offset-slots.ts'
import { type PackedIp, PodRecords } from './pod-records.ts'

/** About how many bytes a Pod takes in the two tables, and in memory that the records hold for more. */
const SLOTS_BYTES = 27
/** About how many bytes an address that several Pods have takes besides, and each of them but the first. */
const SHARED_ADDRESS_BYTES = 250
const SHARING_BYTES = 35
/** About how many bytes a namespace takes besides its name. */
const NAMESPACE_BYTES = 100

/** A namespace with Pods. */
interface Namespace {
  readonly id: number
  readonly name: string
  pods: number
}

/** The Pods of a source. Keys of Pods are "namespace/name", those of addresses "namespace/IP". */
export class PodIndex {
  readonly #namespaces = new Map<string, Namespace>()
  /** Undefined where the id is unused; those are in `#unusedIds`. */
  readonly #byId: (Namespace | undefined)[] = []
  readonly #unusedIds: number[] = []
  readonly #records = new PodRecords(randomHashKey())
  readonly #byName = new OffsetSlots((at) => this.#records.nameHash(at))
  /** One record for each address; what else has it is in `#sharing`. */
  readonly #byAddress = new OffsetSlots((at) => this.#records.addressHash(at))
  /** The other records with the address of a record in `#byAddress`. */
  readonly #sharing = new Map<number, Set<number>>()

  /** The number of Pods. */
  get size(): number {
    return this.#byName.size
  }

  /** The keys of all Pods. */
  *keys(): Iterable<string> {
    for (const at of this.#byName.values()) {
      yield `${this.#namespaceOf(at).name}/${this.#records.name(at)}`
    }
  }

  /** The address of each Pod by the Pod's key, as they are at the start: records move when Pods change. */
  *entries(): Iterable<[string, string]> {
    const records = this.#records.copy()
    const namespaces = this.#byId.map((namespace) => namespace?.name)
    for (const at of Int32Array.from(this.#byName.values())) {
      yield [`${namespaces[records.namespace(at)]}/${records.name(at)}`, unpackIp(records.ip(at))]
    }
  }

  /** The keys of all addresses. */
  *addresses(): Iterable<string> {
    for (const at of this.#byAddress.values()) yield this.#addressOf(at)
  }

  /** True if a Pod of the namespace has the address. */
  has(address: string): boolean {
    const [namespace, ip] = split(address)
    const known = this.#namespaces.get(namespace)
    return this.#uses(known, packIp(ip)) > 0
  }

  /** By about how many bytes the index grows when the Pod is set, or deleted where `ip` is undefined. */
  growth(key: string, ip: string | undefined): number {
    const [namespace, name] = split(key)
    const known = this.#namespaces.get(namespace)
    const at = this.#find(key)
    const previous = at === 0 ? undefined : this.#records.ip(at)
    const next = ip === undefined ? undefined : packIp(ip)
    if (previous === next) return 0
    let growth = 0
    if (previous !== undefined) {
      growth -= bytesOf(known!.id, name, previous) + sharedBytes(this.#uses(known, previous) - 1)
    }
    if (next !== undefined) {
      growth +=
        bytesOf(known?.id ?? this.#newId(), name, next) + sharedBytes(this.#uses(known, next))
    }
    const others = (known?.pods ?? 0) - (at === 0 ? 0 : 1)
    const comesOrGoes = (previous === undefined) !== (next === undefined)
    if (others > 0 || !comesOrGoes) return growth
    const ofNamespace = NAMESPACE_BYTES + entryBytes(namespace, '')
    return growth + (next === undefined ? -ofNamespace : ofNamespace)
  }

  /** Adds or replaces a Pod; returns the addresses that came or went. */
  set(key: string, text: string): readonly string[] {
    const ip = packIp(text)
    const old = this.#find(key)
    if (old !== 0 && this.#records.ip(old) === ip) return []
    const gone = old === 0 ? [] : this.#remove(old)
    const [namespace, name] = split(key)
    const known = this.#namespaces.get(namespace) ?? this.#addNamespace(namespace)
    known.pods++
    this.#records.draft(known.id, name, ip)
    const at = this.#records.keep()
    this.#byName.add(at)
    return this.#addAddress(at) ? [...gone, `${namespace}/${text}`] : gone
  }

  /** Removes a Pod; returns its address if no other Pod has it. */
  delete(key: string): readonly string[] {
    const at = this.#find(key)
    return at === 0 ? [] : this.#remove(at)
  }

  /** The record of a Pod; 0 when it is unknown. */
  #find(key: string): number {
    const [namespace, name] = split(key)
    const known = this.#namespaces.get(namespace)
    if (known === undefined) return 0
    const records = this.#records
    const draft = records.draft(known.id, name, 0)
    return this.#byName.find(records.nameHash(draft), (at) => records.hasSameName(at, draft))
  }

  /** Removes the Pod of a record; returns its address if no other Pod has it. */
  #remove(at: number): readonly string[] {
    const address = this.#addressOf(at)
    const isLast = this.#removeAddress(at)
    this.#byName.remove(at)
    const namespace = this.#namespaceOf(at)
    this.#records.remove(at)
    if (--namespace.pods === 0) this.#removeNamespace(namespace)
    if (this.#records.isSparse) this.#compact()
    return isLast ? [address] : []
  }

  /** The number of Pods of a namespace with this address. */
  #uses(namespace: Namespace | undefined, ip: PackedIp): number {
    if (namespace === undefined) return 0
    const first = this.#findAddress(this.#records.draft(namespace.id, '', ip))
    return first === 0 ? 0 : 1 + (this.#sharing.get(first)?.size ?? 0)
  }

  /** The record in `#byAddress` with the address of `other`; 0 when there is none. */
  #findAddress(other: number): number {
    const records = this.#records
    const matches = (at: number) => records.hasSameAddress(at, other)
    return this.#byAddress.find(records.addressHash(other), matches)
  }

  /** True when no other Pod has the address. */
  #addAddress(at: number): boolean {
    const first = this.#findAddress(at)
    if (first === 0) {
      this.#byAddress.add(at)
      return true
    }
    const others = this.#sharing.get(first)
    if (others === undefined) this.#sharing.set(first, new Set([at]))
    else others.add(at)
    return false
  }

  /** True when no other Pod has the address. */
  #removeAddress(at: number): boolean {
    const first = this.#findAddress(at)
    const others = this.#sharing.get(first)
    if (others === undefined) {
      this.#byAddress.remove(at)
      return true
    }
    const [second = 0] = others
    const [next, gone] = first === at ? [second, second] : [first, at]
    others.delete(gone)
    this.#sharing.delete(first)
    if (others.size > 0) this.#sharing.set(next, others)
    if (next !== first) this.#byAddress.replace(first, next)
    return false
  }

  #compact(): void {
    const offsets = [...this.#byName.values()]
    this.#byName.clear(offsets.length)
    this.#byAddress.clear(this.#byAddress.size)
    this.#sharing.clear()
    this.#records.compact(offsets, (at) => {
      this.#byName.add(at)
      this.#addAddress(at)
    })
  }

  #namespaceOf(at: number): Namespace {
    return this.#byId[this.#records.namespace(at)]!
  }

  #addressOf(at: number): string {
    return `${this.#namespaceOf(at).name}/${unpackIp(this.#records.ip(at))}`
  }

  /** The id of the next namespace. */
  #newId(): number {
    return this.#unusedIds.at(-1) ?? this.#byId.length
  }

  #addNamespace(name: string): Namespace {
    const id = this.#newId()
    this.#unusedIds.pop()
    const namespace = { id, name, pods: 0 }
    this.#byId[id] = namespace
    this.#namespaces.set(name, namespace)
    return namespace
  }

  #removeNamespace({ id, name }: Namespace): void {
    this.#namespaces.delete(name)
    this.#byId[id] = undefined
    this.#unusedIds.push(id)
  }
}

function bytesOf(namespace: number, name: string, ip: PackedIp): number {
  return PodRecords.bytesOf(namespace, name, ip) + SLOTS_BYTES
}

/** What another Pod takes with an address that `others` have. */
function sharedBytes(others: number): number {
  if (others === 0) return 0
  return SHARING_BYTES + (others === 1 ? SHARED_ADDRESS_BYTES : 0)
}

function split(key: string): [string, string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}

function packIp(text: string): PackedIp {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (parts === null) return text
  let packed = 0
  for (let i = 1; i <= 4; i++) packed = (packed << 8) | Number(parts[i])
  return unpackIp(packed) === text ? packed : text
}

function unpackIp(ip: PackedIp): string {
  if (typeof ip === 'string') return ip
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`
}
