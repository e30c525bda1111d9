// Which rows of a long list are drawn.

/** Rows that are drawn above and below those in sight, so that a fast scroll shows no gap. */
const BEYOND = 12
/** The first row that is drawn changes in steps: most scroll events draw nothing. */
const STEP = 6

/** Indexes of the rows that are drawn: `from` up to but not including `to`. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** The window of `total` rows of `rowHeight`, of which `height` are in sight below `scrollTop` (all in CSS pixels). */
export function windowOf(
  total: number,
  rowHeight: number,
  height: number,
  scrollTop: number,
): Window {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight)
  const inSight = Math.ceil(height / rowHeight) + 1
  const from = Math.max(0, Math.floor((first - BEYOND) / STEP) * STEP)
  return { from: Math.min(from, total), to: Math.min(total, first + inSight + BEYOND + STEP) }
}

/** The most rows that are drawn at once: row i is drawn with the elements of row i - slots, which need not be made again. */
export function slotsOf(rowHeight: number, height: number): number {
  return Math.ceil(height / rowHeight) + 2 + 2 * (BEYOND + STEP)
}

/** The row that a key leads to from row `index`; undefined for a key that does not move. */
export function moved(key: string, index: number, total: number, page: number): number | undefined {
  const to = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: total - 1,
  }[key]
  return to === undefined ? undefined : Math.max(0, Math.min(total - 1, to))
}
