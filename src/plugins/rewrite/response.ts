// What rules do with the reply on its way to the client (coredns plugin/rewrite reverter.go). All rules see each record, the
// last rule first.

import {
  TYPE_CNAME,
  TYPE_DNAME,
  TYPE_MX,
  TYPE_NAPTR,
  TYPE_NS,
  TYPE_PTR,
  TYPE_SOA,
  TYPE_SRV,
} from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { concat, escapedNameToWire, nameEnd, nameToText } from '../../dns/name.ts'
import { firstNameIn } from '../../dns/rdata-names.ts'
import type { Replace } from './name-text.ts'
import type { EdnsOption } from './options.ts'

/** A record that rules change in place. */
export interface Cell {
  rr: RR
}

/** The reply while rules change it. */
export interface Response {
  rcode: number
  /** True if TC is set. */
  isTruncated: boolean
  answers: readonly Cell[]
  readonly authorities: readonly Cell[]
  readonly additionals: readonly Cell[]
}

/** A rule for the reply; each has one of these. */
export interface ResponseRule {
  /** The changed record. */
  record?(rr: RR): RR
  /** The changed rcode. */
  rcode?(rcode: number): number
  /** The changed options of OPT. */
  options?(options: readonly EdnsOption[]): readonly EdnsOption[]
  /** Changes the whole reply because of this record. */
  resolve?(cell: Cell, response: Response): Promise<void>
}

/** The reply has a name that is no valid name after it was rewritten. */
export class InvalidName extends Error {}

/** Replaces the owners of records. */
export function ownerRule(replace: Replace): ResponseRule {
  return {
    record(rr) {
      const name = renamed(rr.name, replace)
      return name === rr.name ? rr : { ...rr, name }
    },
  }
}

/** The types whose data has a name that rules replace: the first one in the data. */
const VALUES: ReadonlySet<number> = new Set([
  TYPE_SRV,
  TYPE_MX,
  TYPE_CNAME,
  TYPE_NS,
  TYPE_DNAME,
  TYPE_NAPTR,
  TYPE_SOA,
  TYPE_PTR,
])

/** True if rules replace a name in the data of the type. */
export function hasValue(type: number): boolean {
  return VALUES.has(type)
}

/** Replaces the names in records. */
export function valueRule(replace: Replace): ResponseRule {
  return {
    record(rr) {
      const { data } = rr
      const at = hasValue(rr.type) ? firstNameIn(rr.type, data, 0, data.length) : -1
      if (at < 0) return rr
      const end = nameEnd(data, at)
      const old = data.subarray(at, end)
      const name = renamed(old, replace)
      return name === old
        ? rr
        : { ...rr, data: concat(data.subarray(0, at), name, data.subarray(end)) }
    },
  }
}

export function ttlRule(min: number, max: number): ResponseRule {
  return { record: (rr) => ({ ...rr, ttl: Math.min(Math.max(rr.ttl, min), max) }) }
}

export function rcodeRule(from: number, to: number): ResponseRule {
  return { rcode: (rcode) => (rcode === from ? to : rcode) }
}

/** Applies all rules to a reply. Throws InvalidName. */
export async function rewriteResponse(
  response: Response,
  rules: readonly ResponseRule[],
): Promise<void> {
  const reversed = rules.toReversed()
  const { authorities, answers, additionals } = response
  for (const cell of [...authorities, ...answers, ...additionals]) {
    for (const rule of reversed) {
      if (rule.record !== undefined) cell.rr = rule.record(cell.rr)
      await rule.resolve?.(cell, response)
    }
  }
  for (const rule of reversed) response.rcode = rule.rcode?.(response.rcode) ?? response.rcode
}

function renamed(name: Uint8Array, replace: Replace): Uint8Array {
  const text = nameToText(name)
  const changed = replace(text)
  if (changed === undefined || changed === text) return name
  const wire = escapedNameToWire(changed)
  if (wire === undefined) throw new InvalidName(`invalid name in the rewritten reply: ${changed}`)
  return wire
}
