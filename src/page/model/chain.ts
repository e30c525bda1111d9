// The chain of a service, as one line for each link and its clusters.
import type { Link, LinkState } from '../../fleet/explain/link.ts'
import type { Tone } from './words.ts'

export const linkStates: Readonly<
  Record<LinkState, { readonly tone: Tone; readonly word: string }>
> = {
  holds: { tone: 'good', word: 'ok' },
  warning: { tone: 'warn', word: 'warning' },
  broken: { tone: 'bad', word: 'broken' },
  unseen: { tone: 'idle', word: 'not looked at' },
  failed: { tone: 'unknown', word: 'not known' },
}

/** The links of one id, in the order of the clusters. */
export interface ChainStep {
  readonly id: string
  readonly links: readonly Link[]
}

/** Groups neighbours of the same id. */
export function stepsOf(links: readonly Link[]): readonly ChainStep[] {
  return [...Map.groupBy(links, ({ id }) => id)].map(([id, some]) => ({ id, links: some }))
}
