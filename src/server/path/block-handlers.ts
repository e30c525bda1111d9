// Builds the handlers of a server block at one listener from its directives: the answerers of the packet path, the
// chain for all other queries, and the observers.
import type { BlockConfig, BlockSettings } from '../../config.ts'
import { type Answer, compose, type Query } from '../../plugins/chain.ts'
import { runtimes } from '../../plugins/handlers.ts'
import type { Answerer, Link, RuntimeContext } from '../../plugins/runtime.ts'

/** What one block does with queries at one listener. */
export interface BlockHandlers {
  /** In the order in which they are asked: plugin order, but caches after answer tables. */
  readonly answerers: readonly Answerer[]
  /** Resolves a query with the plugin chain. */
  readonly chain: (query: Query) => Promise<Answer>
  /** In plugin order. */
  readonly links: readonly Link[]
  /** False for a block without plugins that see queries: its zones are REFUSED, as in CoreDNS. */
  readonly serves: boolean
  /** The largest EDNS size that a client can request, in bytes. */
  readonly maxOptSize: number
  /** True: queries of other classes than IN go to the chain. */
  readonly servesOtherClasses: boolean
  /** True with `loadbalance`: the addresses of an upstream's reply start with another one each time. */
  readonly rotates: boolean
}

/** The largest value of the size field of OPT, in bytes. */
const MAX_OPT_SIZE = 65535

/** Builds the handlers of one block; `contextOf` returns the context of a directive. */
export function blockHandlers(
  { directives, settings }: BlockConfig,
  contextOf: (plugin: string) => RuntimeContext,
): BlockHandlers {
  const withRuntime = directives.filter(({ plugin }) => runtimes.has(plugin))
  const links = withRuntime.map((config) => {
    return runtimes.get(config.plugin)!(config, contextOf(config.plugin))
  })
  const byName = new Map(withRuntime.map(({ plugin }, i) => [plugin, links[i]!]))
  for (const link of links) link.connect?.(byName)
  return linkBlock(links, settings, withRuntime.at(-1)?.plugin)
}

/** Combines the links of a block; `last` is the name of its last plugin, for the errors of the chain. */
export function linkBlock(
  links: readonly Link[],
  settings: BlockSettings,
  last: string | undefined,
): BlockHandlers {
  const end = links.findIndex(endsPacketPath)
  const onPacketPath = end < 0 ? links : links.slice(0, end)
  const counting = links.filter(({ countsArrivals }) => countsArrivals)
  const others = links.filter(({ countsArrivals }) => !countsArrivals)
  const handlers = [...counting, ...others].flatMap(({ handler }) => handler ?? [])
  return {
    answerers: answerersOf(tablesFirst(onPacketPath)),
    chain: compose(handlers, last),
    links,
    serves: links.length > 0,
    maxOptSize: settings.maxOptSize ?? MAX_OPT_SIZE,
    servesOtherClasses: settings.servesOtherClasses ?? settings.changesOtherClasses ?? false,
    rotates: settings.rotateAddresses ?? false,
  }
}

function endsPacketPath({ handler, answerer, around, keepsPacketPath = false }: Link): boolean {
  if (handler === undefined || keepsPacketPath) return false
  return answerer === undefined && around === undefined
}

function answerersOf(links: readonly Link[]): readonly Answerer[] {
  const answerers: Answerer[] = []
  for (const link of links.toReversed()) {
    const own = link.around?.([...answerers]) ?? link.answerer
    if (own !== undefined) answerers.unshift(own)
  }
  return answerers
}

/** Moves the links that ask tables first behind the last link with tables. */
function tablesFirst(links: readonly Link[]): readonly Link[] {
  const last = links.findLastIndex(({ hasTables }) => hasTables)
  const isMoved = (link: Link, index: number) => link.asksTablesFirst === true && index < last
  return [
    ...links.slice(0, last + 1).filter((link, index) => !isMoved(link, index)),
    ...links.slice(0, last + 1).filter(isMoved),
    ...links.slice(last + 1),
  ]
}
