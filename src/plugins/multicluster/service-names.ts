// The names of one Service, imported or of the cluster: its own, those of its ports and of its endpoints, and the empty
// names between them.
import { hasAt } from '../../dns/bytes.ts'
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { ServicePort } from '../../sources/objects.ts'
import type { CompiledAnswer, CompiledName, Pending } from '../../zone/compiled.ts'
import { addressAnswers, srvAnswer } from './answers.ts'
import {
  type Backends,
  byEndpoint,
  byPort,
  bytesKey,
  type Group,
  ofService,
  portLabels,
} from './backends.ts'

/** What the names of a Service are made of. */
export interface ServiceParts {
  /** The relative wire name of the Service. */
  readonly service: Uint8Array
  /** The addresses behind the names of the Service and its ports. */
  readonly groups: readonly Group[]
  /** The endpoints that have names of their own. */
  readonly endpoints: readonly Group[]
  /** The ports that the Service declares: without addresses they exist all the same, or may soon. */
  readonly ports: readonly ServicePort[]
  /** Set without addresses: the negative reply to the names of the Service and its ports. */
  readonly pending: Pending | undefined
}

/** The zone of the names: its wire name in lower case, with its root byte; and the TTL in seconds. */
export interface NameOptions {
  readonly zone: Uint8Array
  readonly ttl: number
}

/** Bytes of names and records between two yields: some tenths of a millisecond. */
const STEP_BYTES = 32 * 1024

/** Collects names with their answers. */
export class NameList {
  readonly names: CompiledName[] = []
  readonly #options: NameOptions
  readonly #addresses = new Map<string, readonly CompiledAnswer[]>()
  #bytes = 0

  constructor(options: NameOptions) {
    this.#options = options
  }

  /** Adds a name with the addresses and SRV records of `list`, unless it is too long; true at the end of a step. */
  add(relative: Uint8Array, list: readonly Backends[], pending?: Pending): boolean {
    return this.#add(relative, this.#addressesOf(list), list, pending)
  }

  /** As `add`, for parts of groups. */
  addPart(relative: Uint8Array, list: readonly Backends[]): boolean {
    return this.#add(relative, addressAnswers(list, this.#options.ttl), list, undefined)
  }

  #add(
    relative: Uint8Array,
    addresses: readonly CompiledAnswer[],
    list: readonly Backends[],
    pending: Pending | undefined,
  ): boolean {
    const { zone, ttl } = this.#options
    if (relative.length + zone.length > NAME_MAX_SIZE) return false
    const srv = srvAnswer(relative, list, zone, ttl)
    const answers = srv === undefined ? addresses : [...addresses, srv]
    this.names.push({ name: relative, answers, pending })
    this.#bytes += relative.length
    for (const answer of answers) this.#bytes += answer.bytes.length
    if (this.#bytes < STEP_BYTES) return false
    this.#bytes = 0
    return true
  }

  /** `addressAnswers` of whole groups: one result, and one copy in the table, for all names with the same groups. */
  #addressesOf(list: readonly Backends[]): readonly CompiledAnswer[] {
    const key =
      list.length === 1 ? String(list[0]!.group.index) : list.map(({ group }) => group.index).join()
    const answers = this.#addresses.get(key) ?? addressAnswers(list, this.#options.ttl)
    this.#addresses.set(key, answers)
    return answers
  }
}

/** Adds all names of a Service in steps, so that the caller can do something else in between. */
export function* addServiceNames(parts: ServiceParts, list: NameList): Generator<void, void> {
  const { service, groups, endpoints, pending } = parts
  list.add(service, ofService(groups), pending)
  const ports = byPort(groups)
  for (const port of pending === undefined ? [] : parts.ports) {
    const labels = portLabels(port)
    if (labels !== '') ports.set(labels, [])
  }
  for (const [labels, backends] of ports) {
    const prefix = relativeName(...labels.split('.'))
    if (prefix === undefined) continue
    if (list.add(concat(prefix, service), backends, pending)) yield
  }
  for (const [target, backends] of byEndpoint(endpoints)) {
    if (list.addPart(target.name, backends)) yield
  }
}

/**
 * Returns the names between `service` and the names below it that are not in `names`: `_tcp.<service>` and
 * `<cluster>.<service>`. They exist without records (RFC 8020; a resolver with strict QNAME minimisation, RFC 9156, may
 * stop at NXDOMAIN). Above names that do not exist yet they do not exist either, and the reply is short-lived too.
 */
export function emptyNonTerminals(
  names: readonly CompiledName[],
  service: Uint8Array,
): CompiledName[] {
  const parents = new Map<string, CompiledName>()
  let last = service
  for (const { name, pending } of names) {
    const absent = pending === 'nxdomain' ? pending : undefined
    let start = 1 + name[0]!
    // Most names have the parent of the one before.
    if (name.length - start === last.length && hasAt(name, last, start)) continue
    while (name.length - start > service.length) {
      const label = bytesKey(name, start, name.length - service.length)
      if (parents.has(label)) break
      last = name.subarray(start)
      parents.set(label, { name: last, answers: [], pending: absent })
      start += 1 + name[start]!
    }
  }
  return [...parents.values()]
}
