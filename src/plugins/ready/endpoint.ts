// `ready`: 200 when the objects behind every zone of the blocks with `ready` were listed in full, else 503
// with the names of the plugins that wait (coredns plugin/ready).
import type { Config } from '../../config.ts'
import type { Log } from '../../log.ts'
import type { HttpRoutes } from '../../runtime/http.ts'
import { sourceKey } from '../multicluster/table-key.ts'

/** The plugins that are not ready, sorted; `isSynced` takes a `sourceKey`. */
export function pluginsNotReady(
  config: Config,
  isSynced: (source: string) => boolean,
): readonly string[] {
  const waiting = new Set<string>()
  for (const { handlers, ready } of config.blocks) {
    if (ready === undefined) continue
    for (const handler of handlers) {
      if (handler.plugin !== 'multicluster' && handler.plugin !== 'kubernetes') continue
      if (!isSynced(sourceKey(handler.source))) waiting.add(handler.plugin)
    }
  }
  return [...waiting].sort()
}

/** The routes of a `ready` address. */
export function readyRoutes(notReady: () => readonly string[], log: Log): HttpRoutes {
  return {
    '/ready': () => {
      const waiting = notReady()
      if (waiting.length === 0) return { status: 200, body: 'OK' }
      log.info(`Plugins not ready: "${waiting.join(',')}"`)
      return { status: 503, body: waiting.join(',') }
    },
  }
}
