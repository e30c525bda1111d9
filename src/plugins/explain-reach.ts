// Tells for `clusterset-dns check` which names of a directive's zones reach its server block, and who gets the others.
import type { ListenGroup } from '../config.ts'
import { type Reach, reach } from '../corefile/reach.ts'
import { sentenceList } from './plugin.ts'

interface ReachOptions {
  /** All listeners of the configuration. */
  readonly groups: readonly ListenGroup[]
  /** The block of the directive, an index in `Config.blocks`. */
  readonly block: number
  readonly directive: string
  /** The directive's zone, a lower-case FQDN. */
  readonly zone: string
  /** "Corefile:5", the place of a block by its index. */
  readonly placeOf: (block: number) => string
}

/** The notes and warnings about one zone; both lists are empty when all its names reach the directive. */
interface ReachNotes {
  /** What the directive gets, for its explanation. */
  readonly notes: readonly string[]
  /** That it gets nothing, or that another block takes a part. */
  readonly warnings: readonly string[]
}

/** Compares the zone of a directive with the names that the listeners pass to its block. */
export function explainReach(options: ReachOptions): ReachNotes {
  const { groups, block, zone } = options
  const found = groups
    .filter(({ zones }) => zones.some((key) => key.block === block))
    .map((group) => ({ group, result: reach(group.zones, block, zone) }))
  const nowhere = found.every(({ result }) => result.parts.length === 0)
  const notes = tell(found, ({ result }) => noteOf(result, zone))
  const warnings = tell(found, ({ group, result }) => {
    if (result.parts.length > 0 || result.owner !== undefined) return takenBy(result, options)
    return nowhere ? noNames(group, options) : undefined
  })
  return { notes, warnings }
}

interface Found {
  readonly group: ListenGroup
  readonly result: Reach
}

/** One text when it holds for all listeners, else each text with its listener. */
function tell(found: readonly Found[], text: (one: Found) => string | undefined): string[] {
  const texts = found.map(text)
  if (new Set(texts).size === 1) return texts[0] === undefined ? [] : [texts[0]]
  return texts.flatMap((one, i) => {
    const { address, port } = found[i]!.group
    const on = address === '' ? `port ${port}` : `port ${port} of ${address}`
    return one === undefined ? [] : [`on ${on} ${one}`]
  })
}

function noteOf({ parts }: Reach, zone: string): string | undefined {
  if (parts.length === 0) return `gets no names in ${zone}`
  const [first] = parts
  if (parts.length === 1 && first!.zone === zone && first!.except.length === 0) return undefined
  const names = parts.map(({ zone: head, except }) => {
    const others = sentenceList(except.map((key) => key.zone))
    return others === '' ? head : `${head} (except ${others})`
  })
  return `gets only names in ${sentenceList(names)}`
}

function takenBy({ parts, owner }: Reach, options: ReachOptions): string | undefined {
  const { block, directive, zone, placeOf } = options
  const taken = parts.flatMap(({ except }) => except)
  const texts = taken.map((key) => {
    return `names in ${key.zone} do not reach ${directive}: the server block of ${placeOf(key.block)} gets them`
  })
  if (owner !== undefined && owner.block !== block) {
    const kept = sentenceList(parts.map((part) => part.zone))
    const which = kept === '' ? `no name in ${zone} reaches` : `of ${zone} only ${kept} reaches`
    const others = kept === '' ? 'them' : 'the others'
    texts.unshift(
      `${which} ${directive}: the server block of ${placeOf(owner.block)} gets ${others}`,
    )
  }
  return texts.length === 0 ? undefined : texts.join('; ')
}

function noNames({ zones }: ListenGroup, { block, directive, zone }: ReachOptions): string {
  const keys = sentenceList(zones.filter((key) => key.block === block).map((key) => key.zone))
  return `no name in ${zone} reaches ${directive}: its server block gets only names in ${keys}`
}
