// A host for components of plugins without a server.
import type { Host } from '../../src/plugins/plugin.ts'
import { memoryLog } from './memory-log.ts'

/** A host of which nothing is seen; `own` replaces what a test looks at. */
export function componentHost(own: Partial<Host> & Pick<Host, 'openSource'>): Host {
  return {
    log: memoryLog([]).log,
    checkSource: async () => '',
    checkSnapshot: () => {},
    readiness: () => [],
    metrics: () => '',
    counters: () => [],
    changed: () => {},
    upstreamsChanged: () => {},
    fatal: () => {},
    pollCorefile: async () => {},
    ...own,
  }
}
