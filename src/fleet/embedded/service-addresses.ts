// Allocates the clusterIPs and ipFamilies of Services as an API server does: by ipFamilyPolicy, requested addresses
// first. An allocation that cannot be completed fails as a whole; addresses no longer needed are released.
import type { ApiError } from '../../kube/api-error.ts'
import type { Fields } from '../../kube/fields.ts'
import { familyOf } from '../api/ip-families.ts'
import { stringOf, stringsOf } from '../api/unstructured.ts'
import { refusal } from './api-errors.ts'
import { IpRange } from './ip-ranges.ts'

/** Makes the ApiError of an invalid Service from the field and its problem. */
export type Invalid = (field: string, why: string) => ApiError

/** The address ranges of one cluster. */
export class EmbeddedAddresses {
  readonly #ranges: readonly IpRange[]

  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr) => new IpRange(cidr))
  }

  /** Allocates addresses for a Service that has none; the addresses in its spec are requests. Throws ApiError. */
  allocate(spec: Fields, invalid: Invalid): Fields {
    const available = this.#ranges.map(({ family }) => family)
    const dual = isDual(spec)
    const first = stringsOf(spec.ipFamilies)[0] ?? available[0]!
    const families = dual ? [first, ...available.filter((family) => family !== first)] : [first]
    if (spec.clusterIP === 'None') {
      return { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: families }
    }
    const requested = requestedIps(spec)
    const order = requested.flatMap((ip) => familyOf(ip) ?? [])
    if (new Set(order).size < order.length) {
      throw invalid('spec.clusterIPs', 'may specify no more than one IP for each IP family')
    }
    const all = [...order, ...families.filter((family) => !order.includes(family as 'IPv4'))]
    const ips = this.#allocateAll((taken) => {
      for (const ip of requested) taken.push(this.#allocateRequested(ip, invalid))
      const missing = dual ? all : all.slice(0, Math.max(1, requested.length))
      for (const family of missing.slice(requested.length)) taken.push(this.#allocateNext(family))
    })
    return addressesOf(ips)
  }

  /** Adds the missing families to a Service with addresses, or removes the second, as ipFamilyPolicy demands. */
  update(kept: Fields, spec: Fields): Fields {
    const clusterIPs = stringsOf(kept.clusterIPs)
    const ipFamilies = stringsOf(kept.ipFamilies)
    if (!isDual(spec)) {
      this.release(clusterIPs.slice(1))
      const [clusterIP] = clusterIPs
      return { clusterIP, clusterIPs: clusterIPs.slice(0, 1), ipFamilies: ipFamilies.slice(0, 1) }
    }
    const missing = this.#ranges
      .map(({ family }) => family)
      .filter((family) => !ipFamilies.includes(family))
    if (kept.clusterIP === 'None') {
      return { clusterIP: 'None', clusterIPs, ipFamilies: [...ipFamilies, ...missing] }
    }
    const added = this.#allocateAll((taken) => {
      for (const family of missing) taken.push(this.#allocateNext(family))
    })
    return addressesOf([...clusterIPs, ...added])
  }

  /** Releases the addresses; "None" is ignored. */
  release(clusterIPs: readonly string[]): void {
    for (const ip of clusterIPs) this.#rangeOf(ip)?.free(ip)
  }

  /** Returns the addresses that `fill` allocates; releases them all when `fill` throws. */
  #allocateAll(fill: (taken: string[]) => void): readonly string[] {
    const taken: string[] = []
    try {
      fill(taken)
    } catch (error) {
      this.release(taken)
      throw error
    }
    return taken
  }

  #allocateRequested(ip: string, invalid: Invalid): string {
    const invalidValue = (why: string) =>
      invalid('spec.clusterIPs', `Invalid value: "${ip}": ${why}`)
    if (familyOf(ip) === undefined) throw invalidValue('must be a valid IP address')
    const range = this.#rangeOf(ip)
    if (!range?.contains(ip)) {
      const valid = range === undefined ? 'none of its family' : range.cidr
      throw invalidValue(
        `the provided IP is not in the valid range. The range of valid IPs is ${valid}`,
      )
    }
    if (!range.take(ip)) throw invalidValue('provided IP is already allocated')
    return ip
  }

  #allocateNext(family: string): string {
    const ip = this.#ranges.find((range) => range.family === family)?.next()
    if (ip !== undefined) return ip
    throw refusal(500, 'InternalError', 'failed to allocate a serviceIP: range is full')
  }

  #rangeOf(ip: string): IpRange | undefined {
    return this.#ranges.find(({ family }) => family === familyOf(ip))
  }
}

/** The addresses that a Service spec requests. */
export function requestedIps(spec: Fields): readonly string[] {
  const clusterIPs = stringsOf(spec.clusterIPs)
  return (clusterIPs.length > 0 ? clusterIPs : [stringOf(spec.clusterIP)]).filter((ip) => ip !== '')
}

function addressesOf(ips: readonly string[]): Fields {
  return { clusterIP: ips[0], clusterIPs: ips, ipFamilies: ips.map((ip) => familyOf(ip)) }
}

function isDual({ ipFamilyPolicy }: Fields): boolean {
  return ipFamilyPolicy === 'PreferDualStack' || ipFamilyPolicy === 'RequireDualStack'
}
