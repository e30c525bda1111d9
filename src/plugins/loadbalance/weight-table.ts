// The weights of a file for lookups on the packet path.
import { escapedNameToWire } from '../../dns/name.ts'
import { BytesMap } from './bytes-map.ts'
import type { NameWeights } from './weights.ts'

/** The weights of one name, by address. */
export type AddressWeights = BytesMap<number>

/** The weight of an address that the file does not have. */
export const DEFAULT_WEIGHT = 1

export class WeightTable {
  readonly #names = new BytesMap<AddressWeights>()

  /** Names that no record can have are left out. */
  constructor(names: readonly NameWeights[]) {
    for (const { name, addresses } of names) {
      const wire = escapedNameToWire(name)
      if (wire === undefined) continue
      const weights: AddressWeights = new BytesMap()
      for (const { bytes, weight } of addresses) weights.add(bytes, weight)
      this.#names.add(wire, weights)
    }
  }

  /** The weights of the wire name in lower case in the first `length` bytes of `name`; undefined if it has none. */
  find(name: Uint8Array, length: number): AddressWeights | undefined {
    return this.#names.get(name, 0, length)
  }
}
