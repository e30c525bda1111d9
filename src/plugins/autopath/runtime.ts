// `autopath` at query time: names that exist on the packet path, and the search in the chain.
import type { Runtime } from '../runtime.ts'
import { type ServerCounts, serverCount } from '../server-counts.ts'
import { AutopathAnswerer } from './answerer.ts'
import { autopathHandler } from './handler.ts'
import type { AutopathConfig } from './options.ts'
import { SearchPath } from './search-path.ts'

export const autopathRuntime: Runtime<AutopathConfig, ServerCounts> = (config, context) => {
  const path = new SearchPath(config)
  return {
    connect: (links) => path.connect(links),
    around: (behind) => new AutopathAnswerer(path, behind),
    handler: autopathHandler(path, serverCount(context)),
  }
}
