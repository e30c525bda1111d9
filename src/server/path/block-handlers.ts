// What a server block does with a query at one listener, made from its directives: the answerers that the packet path
// asks, the chain for everything else, and the observers.
import type { BlockConfig, BlockSettings } from '../../config.ts'
import { compose, type Query, type Reply } from '../../plugins/chain.ts'
import { runtimes } from '../../plugins/handlers.ts'
import type { Answerer, Link, RuntimeContext } from '../../plugins/runtime.ts'

export interface BlockHandlers {
  /** In plugin order. */
  readonly answerers: readonly Answerer[]
  readonly chain: (query: Query) => Promise<Reply>
  readonly links: readonly Link[]
  /** False for a block without plugins that see queries: CoreDNS refuses its zones. */
  readonly serves: boolean
  /** The largest EDNS size taken from a client, in bytes. */
  readonly maxOptSize: number
}

/** The largest value of OPT's size field. */
const MAX_OPT_SIZE = 65535

/** Builds the handlers of one block; `contextOf` gives the context of a directive. */
export function blockHandlers(
  { directives, settings }: BlockConfig,
  contextOf: (plugin: string) => RuntimeContext,
): BlockHandlers {
  const withRuntime = directives.filter(({ plugin }) => runtimes.has(plugin))
  const links = withRuntime.map((config) => {
    return runtimes.get(config.plugin)!(config, contextOf(config.plugin))
  })
  return linkBlock(links, settings, withRuntime.at(-1)?.plugin)
}

/** Puts the links of a block together; `last` is the name of its last plugin, for the chain's errors. */
export function linkBlock(
  links: readonly Link[],
  settings: BlockSettings,
  last: string | undefined,
): BlockHandlers {
  const end = links.findIndex(({ handler, answerer }) => handler !== undefined && !answerer)
  const onPacketPath = end < 0 ? links : links.slice(0, end)
  const handlers = links.flatMap(({ handler }) => handler ?? [])
  return {
    answerers: onPacketPath.flatMap(({ answerer }) => answerer ?? []),
    chain: compose(handlers, last),
    links,
    serves: links.length > 0,
    maxOptSize: settings.maxOptSize ?? MAX_OPT_SIZE,
  }
}
