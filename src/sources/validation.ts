// The problems of invalid objects. Reasons are a small closed set, since they are a metric label. An object has one text
// per reason: a slice with 1,000 invalid addresses is one log line.
import { show } from '../kube/fields.ts'

/** Why an object, or a part of it, is not used; the value of a metric label. */
export type InvalidReason =
  /** No metadata, or a name or namespace that cannot be part of a DNS name. */
  | 'metadata'
  /** An apiVersion that is not supported. */
  | 'api_version'
  /** No spec. */
  | 'spec'
  /** A type that is not ClusterSetIP or Headless. */
  | 'type'
  /** An ExternalName Service without a domain name. */
  | 'external_name'
  /** An entry of spec.ips, spec.clusterIPs or status.podIP that is not an IP address. */
  | 'ips'
  /** A port without a usable number, name or protocol. */
  | 'ports'
  /** A label with the name of a Service that is not a DNS label. */
  | 'service_label'
  /** No source-cluster label, or one that is not a lower-case DNS label. */
  | 'cluster_label'
  /** An addressType that is not IPv4 or IPv6. */
  | 'address_type'
  /** An endpoint that cannot be read. */
  | 'endpoints'
  /** An address that is not of the addressType. */
  | 'addresses'
  /** A hostname that is not a DNS label. */
  | 'hostname'
  /** A valid object for which the source has no room. */
  | 'no_room'

/** One problem of an object. */
export interface ValidationProblem {
  readonly reason: InvalidReason
  /** Names the object, the field and the consequence. */
  readonly text: string
}

/** The problem of an object for which the source has no room. */
export function noRoom(kind: string, key: string): ValidationProblem {
  const problems = new ValidationProblems(kind, key)
  problems.add('no_room', 'the source has no room for more; the object is left out')
  return problems.list()[0]!
}

const NO_PROBLEMS: readonly ValidationProblem[] = []

/** Collects the problems of one object. */
export class ValidationProblems {
  readonly #kind: string
  readonly #key: string
  #problems: Map<InvalidReason, { text: string; count: number }> | undefined

  constructor(kind: string, key: string) {
    this.#kind = kind
    this.#key = key
  }

  /** Adds a problem; further ones of the same reason are only counted. */
  add(reason: InvalidReason, text: string): void {
    this.#problems ??= new Map()
    const previous = this.#problems.get(reason)
    if (previous === undefined) this.#problems.set(reason, { text, count: 1 })
    else previous.count++
  }

  /** One problem per reason. */
  list(): readonly ValidationProblem[] {
    if (this.#problems === undefined) return NO_PROBLEMS
    const subject = `${this.#kind} ${show(this.#key).replaceAll('"', '')}`.trimEnd()
    return [...this.#problems].map(([reason, { text, count }]) => {
      const more = count > 1 ? ` (and ${count - 1} more like it)` : ''
      return { reason, text: `${subject}: ${text}${more}` }
    })
  }
}
