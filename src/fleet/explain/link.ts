// The links from an export to a DNS answer: the ids and states of links, and the functions that make them.

/** The links in the order of the way; the first broken one is the cause to mend first. */
export const linkIds = [
  'cluster',
  'crds',
  'rights',
  'fleet',
  'export',
  'service',
  'endpoints',
  'valid',
  'conflicts',
  'namespace',
  'import',
  'ports',
  'amcs-service',
  'slices',
  'ready',
  'dns',
  'cluster-dns',
] as const

export type LinkId = (typeof linkIds)[number]

/**
 * `holds`; `warning`: it holds, but not as everybody expects; `broken`; `unseen`: nobody asked to look; `failed`: it could not
 * be looked at.
 */
export const linkStates = ['holds', 'warning', 'broken', 'unseen', 'failed'] as const

export type LinkState = (typeof linkStates)[number]

/** One link in one cluster. */
export interface Link {
  readonly id: LinkId
  /** The name of the cluster, or the address of the DNS server; '' for the whole clusterset. */
  readonly at: string
  readonly state: LinkState
  /** One or more sentences. */
  readonly text: string
  /** The command that mends a broken link, or that would look at one that was not; undefined for the others. */
  readonly command?: string
}

type Place = Pick<Link, 'id' | 'at'>

/** A link that holds. */
export function holds(place: Place, text: string): Link {
  return { ...place, state: 'holds', text }
}

/** A link that holds, with something to know. */
export function warning(place: Place, text: string): Link {
  return { ...place, state: 'warning', text }
}

/** A broken link, and the command that mends it. */
export function broken(place: Place, text: string, command: string): Link {
  return { ...place, state: 'broken', text, command }
}

/** A link that nobody asked to look at, and the command that would. */
export function unseen(place: Place, text: string, command: string): Link {
  return { ...place, state: 'unseen', text, command }
}

/** A link that could not be looked at, and the command that would. */
export function failed(place: Place, text: string, command: string): Link {
  return { ...place, state: 'failed', text, command }
}
