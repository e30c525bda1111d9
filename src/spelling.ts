// Finds the known word that a user probably meant.

/** How many edits may make a known word of a mistyped one; fewer for a short one: Node is no mistyped Pod. */
const MAX_EDITS = 2
/** A known word has one allowed edit for this many letters. */
const LETTERS_PER_EDIT = 3

/**
 * The known word with the fewest edits to `word` in any case, the first of several; undefined if none is near. An edit is
 * an insertion, a deletion, a replacement or a swap of neighbours.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let fewest = MAX_EDITS + 1
  for (const candidate of known) {
    const most = Math.min(MAX_EDITS, Math.floor(candidate.length / LETTERS_PER_EDIT), fewest - 1)
    if (Math.abs(word.length - candidate.length) > most) continue
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    if (edits > most) continue
    best = candidate
    fewest = edits
  }
  return best
}

/** The question that follows an error about an unknown word. */
export function didYouMean(word: string): string {
  return `did you mean ${word}?`
}

/** Optimal string alignment distance. */
function distance(left: string, right: string): number {
  // Row i has the distances from the first i letters of `left`.
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      const isSwap = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      const swapped = isSwap ? rows[i - 2]![j - 2]! + 1 : replaced
      row.push(Math.min(replaced, swapped, rows[i - 1]![j]! + 1, row[j - 1]! + 1))
    }
    rows.push(row)
  }
  return rows[left.length]![right.length]!
}
