// The choice of the policy `weighted` (coredns plugin/loadbalance topAddressIndex).

/**
 * The index of the address that comes first: `v`, at least 0 and less than the sum of the first `count` weights, falls into its
 * share. The shares are in the order of falling weights. Does not allocate.
 */
export function topIndex(weights: Uint8Array, count: number, v: number): number {
  let share = 0
  let weight = nextWeight(weights, count, 256)
  while (weight > 0) {
    for (let i = 0; i < count; i++) {
      if (weights[i] !== weight) continue
      share += weight
      if (v < share) return i
    }
    weight = nextWeight(weights, count, weight)
  }
  return 0
}

/** The largest weight below `limit`; 0 if there is none. */
function nextWeight(weights: Uint8Array, count: number, limit: number): number {
  let largest = 0
  for (let i = 0; i < count; i++) {
    const weight = weights[i]!
    if (weight < limit && weight > largest) largest = weight
  }
  return largest
}

/** The sum of the first `count` weights. */
export function sumOf(weights: Uint8Array, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += weights[i]!
  return sum
}
