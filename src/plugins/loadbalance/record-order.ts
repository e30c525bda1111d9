// Puts the records of a section in order: CNAME records first, and the addresses as the policy says (coredns
// plugin/loadbalance weightedRoundRobin, reorderRecords).
import { TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_MX } from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { lowerCase } from '../../dns/name.ts'
import type { Addresses, AddressOrder } from './address-order.ts'

/** The sections whose addresses have an order. */
export interface OrderedSections {
  readonly answers: readonly RR[]
  readonly additionals: readonly RR[]
}

/** Both sections in order; undefined if they are. `type` is that of the question. */
export function orderedSections(
  { answers, additionals }: OrderedSections,
  order: AddressOrder,
  type: number,
): OrderedSections | undefined {
  const ordered = {
    answers: orderedRecords(answers, order, type),
    additionals: orderedRecords(additionals, order, type),
  }
  const isSame =
    ordered.answers.every((record, i) => record === answers[i]) &&
    ordered.additionals.every((record, i) => record === additionals[i])
  return isSame ? undefined : ordered
}

function orderedRecords(records: readonly RR[], order: AddressOrder, type: number): readonly RR[] {
  const all = records.filter(isAddress)
  if (order.putsOthersFirst && all.length === 0) return records
  const chain = records.filter((record) => record.type === TYPE_CNAME)
  const mx = records.filter((record) => record.type === TYPE_MX)
  const others = records.filter((record) => {
    return !isAddress(record) && record.type !== TYPE_CNAME && record.type !== TYPE_MX
  })
  const places = order.arrange(new RecordAddresses(all), type)
  const addresses = all.map((_, place) => all[places[place]!]!)
  return order.putsOthersFirst
    ? [...chain, ...others, ...addresses, ...mx]
    : [...chain, ...addresses, ...mx, ...others]
}

function isAddress({ type, data }: RR): boolean {
  return (type === TYPE_A && data.length === 4) || (type === TYPE_AAAA && data.length === 16)
}

class RecordAddresses implements Addresses {
  readonly #records: readonly RR[]

  constructor(records: readonly RR[]) {
    this.#records = records
  }

  get count(): number {
    return this.#records.length
  }

  bytesOf(i: number): Uint8Array {
    return this.#records[i]!.data
  }

  offsetOf(): number {
    return 0
  }

  sizeOf(i: number): number {
    return this.#records[i]!.data.length
  }

  ownerOf(i: number, name: Uint8Array): number {
    const owner = this.#records[i]!.name
    for (let k = 0; k < owner.length; k++) name[k] = lowerCase[owner[k]!]!
    return owner.length
  }
}
