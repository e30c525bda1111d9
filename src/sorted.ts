// Arrays that are kept sorted.

/** The index of the first element of a sorted array that is not before the wanted one; its length if all are before. */
export function insertionIndex<T>(sorted: readonly T[], isBefore: (one: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
