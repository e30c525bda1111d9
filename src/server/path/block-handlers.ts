// Builds the handlers of a server block at one listener from its directives: the answerers of the packet path, the
// chain for all other queries, and the observers.
import type { BlockConfig, BlockSettings } from '../../config.ts'
import { compose, type Query, type Reply } from '../../plugins/chain.ts'
import { runtimes } from '../../plugins/handlers.ts'
import type { Answerer, Link, RuntimeContext } from '../../plugins/runtime.ts'

/** What one block does with queries at one listener. */
export interface BlockHandlers {
  /** In plugin order. */
  readonly answerers: readonly Answerer[]
  /** Resolves a query with the plugin chain. */
  readonly chain: (query: Query) => Promise<Reply>
  /** In plugin order. */
  readonly links: readonly Link[]
  /** False for a block without plugins that see queries: its zones are REFUSED, as in CoreDNS. */
  readonly serves: boolean
  /** The largest EDNS size that a client can request, in bytes. */
  readonly maxOptSize: number
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
  return linkBlock(links, settings, withRuntime.at(-1)?.plugin)
}

/** Combines the links of a block; `last` is the name of its last plugin, for the errors of the chain. */
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
