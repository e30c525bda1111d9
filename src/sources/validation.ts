// The problems of invalid objects. Reasons are a small closed set, since they are a metric label. An object has one text
// per reason: a slice with 1,000 invalid addresses is one log line.
import { show } from '../kube/fields.ts'

export const invalidReasons = {
  metadata: 'no metadata, or a name or namespace that cannot be part of a DNS name',
  api_version: 'an apiVersion that is not supported',
  spec: 'no spec',
  type: 'a type that is not ClusterSetIP or Headless',
  ips: 'an entry of spec.ips that is not an IP address',
  ports: 'a port without a usable number, name or protocol',
  service_label: 'a service-name label that is not a DNS label',
  cluster_label: 'no source-cluster label, or one that is not a lower-case DNS label',
  address_type: 'an addressType that is not IPv4 or IPv6',
  endpoints: 'an endpoint that cannot be read',
  addresses: 'an address that is not of the addressType',
  hostname: 'a hostname that is not a DNS label',
} as const

export type InvalidReason = keyof typeof invalidReasons

/** One problem of an object. */
export interface ValidationProblem {
  readonly reason: InvalidReason
  /** Names the object, the field and the consequence. */
  readonly text: string
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
