// The addresses of Pods. A Pod is known by its first IP only; Pods in the host's network share theirs, so each address
// counts its Pods. There are many Pods: the maps of a namespace hold its Pods without the namespace's name, and IPv4
// addresses as small integers, which need no object.
import { entryBytes } from '../kube/entry-bytes.ts'

/** About how many bytes an entry of a map takes that holds integers only. */
const INTEGERS_BYTES = 45
/** About how many bytes the maps of one namespace take besides their entries. */
const NAMESPACE_BYTES = 500

/** An IPv4 address as 32 bits with sign; any other as text. */
type PackedIp = number | string

interface PodsOfNamespace {
  /** The address of each Pod by the Pod's name. */
  readonly addresses: Map<string, PackedIp>
  /** The number of Pods of each address. */
  readonly uses: Map<PackedIp, number>
}

/** The Pods of a source. Keys of Pods are "namespace/name", those of addresses "namespace/IP". */
export class PodIndex {
  readonly #namespaces = new Map<string, PodsOfNamespace>()
  #size = 0

  /** The number of Pods. */
  get size(): number {
    return this.#size
  }

  /** The keys of all Pods. */
  *keys(): Iterable<string> {
    for (const [namespace, { addresses }] of this.#namespaces) {
      for (const name of addresses.keys()) yield `${namespace}/${name}`
    }
  }

  /** The address of each Pod by the Pod's key. */
  *entries(): Iterable<[string, string]> {
    for (const [namespace, { addresses }] of this.#namespaces) {
      for (const [name, ip] of addresses) yield [`${namespace}/${name}`, unpackIp(ip)]
    }
  }

  /** The keys of all addresses. */
  *addresses(): Iterable<string> {
    for (const [namespace, { uses }] of this.#namespaces) {
      for (const ip of uses.keys()) yield `${namespace}/${unpackIp(ip)}`
    }
  }

  /** True if a Pod of the namespace has the address. */
  has(address: string): boolean {
    const [namespace, ip] = split(address)
    return this.#namespaces.get(namespace)?.uses.has(packIp(ip)) ?? false
  }

  /** By about how many bytes the index grows when the Pod is set, or deleted where `ip` is undefined. */
  growth(key: string, ip: string | undefined): number {
    const [namespace, name] = split(key)
    const pods = this.#namespaces.get(namespace)
    const previous = pods?.addresses.get(name)
    const others = (pods?.addresses.size ?? 0) - (previous === undefined ? 0 : 1)
    const growth = bytesOf(name, ip && packIp(ip)) - bytesOf(name, previous)
    const isOnly = others === 0 && (ip === undefined) !== (previous === undefined)
    if (!isOnly) return growth
    return growth + (ip === undefined ? -1 : 1) * (NAMESPACE_BYTES + entryBytes(namespace, ''))
  }

  /** Adds or replaces a Pod; returns the addresses that came or went. */
  set(key: string, text: string): readonly string[] {
    const [namespace, name] = split(key)
    const ip = packIp(text)
    const known = this.#namespaces.get(namespace)
    if (known?.addresses.get(name) === ip) return []
    const gone = this.delete(key)
    const pods = this.#namespaces.get(namespace) ?? { addresses: new Map(), uses: new Map() }
    this.#namespaces.set(namespace, pods)
    const count = pods.uses.get(ip) ?? 0
    pods.uses.set(ip, count + 1)
    pods.addresses.set(name, ip)
    this.#size++
    return count === 0 ? [...gone, `${namespace}/${text}`] : gone
  }

  /** Removes a Pod; returns its address if no other Pod has it. */
  delete(key: string): readonly string[] {
    const [namespace, name] = split(key)
    const pods = this.#namespaces.get(namespace)
    const ip = pods?.addresses.get(name)
    if (pods === undefined || ip === undefined) return []
    pods.addresses.delete(name)
    this.#size--
    const count = pods.uses.get(ip)! - 1
    if (count > 0) {
      pods.uses.set(ip, count)
      return []
    }
    pods.uses.delete(ip)
    if (pods.addresses.size === 0) this.#namespaces.delete(namespace)
    return [`${namespace}/${unpackIp(ip)}`]
  }
}

/** A Pod has two entries: its own, and one of its address. */
function bytesOf(name: string, ip: PackedIp | undefined): number {
  if (ip === undefined) return 0
  return entryBytes(name, '') + (typeof ip === 'string' ? entryBytes(ip, '') : INTEGERS_BYTES)
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
