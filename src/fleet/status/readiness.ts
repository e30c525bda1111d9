// The body of /readyz: whether the replica is ready, and in how many clusters something is wrong. Pure. Every pod may ask, so
// it names no cluster, address or error; /status.json and the log have them.
import type { ClusterState } from './document.ts'

/** What people read for each state, in the order of the lines. */
const TEXTS: Readonly<Record<ClusterState, string>> = {
  ready: 'ready',
  starting: 'starting: their objects are being read',
  away: 'away: they cannot be reached',
  'crds-missing': 'without the CRDs of the MCS API',
  forbidden: 'with missing permissions or refused credentials',
  failed: 'failing',
  leaving: 'leaving',
  left: 'left',
}

/** The lines about the clusters: "clusters: 3", then one for each state that occurs, as "1 away: they cannot be reached". */
export function stateLines(states: readonly ClusterState[]): readonly string[] {
  const counts = Object.entries(TEXTS).map(([state, text]) => {
    return { text, count: states.filter((one) => one === state).length }
  })
  return [
    `clusters: ${states.length}`,
    ...counts.filter(({ count }) => count > 0).map(({ count, text }) => `  ${count} ${text}`),
  ]
}
