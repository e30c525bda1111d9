// A context for plugins' runtimes without a server.
import type { RuntimeContext } from '../../src/plugins/runtime.ts'

/** A context of block 0 of a listener on all addresses, with what `changes` says. */
export function runtimeContext<S = undefined>(
  changes: Partial<RuntimeContext<S>> = {},
): RuntimeContext<S> {
  return {
    block: 0,
    settings: {},
    listener: 0,
    protocol: 'udp',
    thread: 0,
    localAddress: '',
    localAddresses: [],
    tables: new Map(),
    hasUpstreamThread: false,
    refresh: () => {},
    counters: new Float64Array(0),
    shared: undefined as S,
    writeLog: () => {},
    report: () => {},
    ...changes,
  }
}
