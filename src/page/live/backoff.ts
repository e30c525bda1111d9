// How long to wait before the next try of a connection.

const FIRST_MS = 1000
const MOST_MS = 30_000

/** Milliseconds before try `attempt` (0 is the first one after a failure); `random` is in [0, 1) and spreads viewers. */
export function waitMs(attempt: number, random: number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** attempt)
  return Math.round(most * (0.5 + random / 2))
}
