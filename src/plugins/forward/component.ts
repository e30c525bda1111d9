// `forward` on the control thread: the addresses of the upstreams, their health, and metrics. A reload keeps the
// upstreams of a directive that has not changed, with their state.
import { realFiles } from '../../corefile/files.ts'
import { CodedError, errorText } from '../../errors.ts'
import type { Component, Directive, Host, ListenerAddress, Running } from '../plugin.ts'
import { threadClock } from './exchange/clock.ts'
import { forwardFamilies } from './metrics.ts'
import type { ForwardConfig, ForwardShared, TlsMaterial } from './options.ts'
import { localAddresses, ownListener } from './own-address.ts'
import { probeUpstream } from './probe.ts'
import { lookUpHost } from './resolve.ts'
import { readTlsMaterial } from './tls-material.ts'
import { ForwardTotals } from './totals.ts'
import { UpstreamSet, type UpstreamSetEnv } from './upstream-set.ts'
import type { ResolvedUpstream } from './upstream-writer.ts'

/** One `forward` of the configuration. */
interface PlacedSet {
  readonly directive: Directive<ForwardConfig>
  /** Index in `ForwardConfig.forwards`. */
  readonly index: number
  readonly set: UpstreamSet
  readonly tls: TlsMaterial
}

interface ForwardRunning extends Running {
  readonly placed: readonly PlacedSet[]
  readonly totals: ForwardTotals
  /** Ends the watch of files and host names. */
  readonly stopPolling: () => void
}

/** Files are read again after this time, and lost requests for probes are found. */
const POLL_MS = 5000
/** Host names are looked up at every sixth poll: after 30 seconds, the interval of `reload`. */
const POLLS_BETWEEN_LOOKUPS = 6

/** What the component uses of the machine; tests replace it. */
type ForwardEnv = Pick<UpstreamSetEnv, 'readFile' | 'lookUp' | 'probe' | 'after'> & {
  readonly localAddresses: () => ReadonlySet<string>
}

const machine: ForwardEnv = {
  readFile: realFiles.read,
  lookUp: lookUpHost,
  probe: probeUpstream,
  after: threadClock.after,
  localAddresses,
}

/** Creates the component. */
export function createForwardComponent(
  env: ForwardEnv = machine,
): Component<ForwardConfig, ForwardRunning> {
  return {
    async prepare({ directives }, previous, host) {
      const log = host.log.plugin('forward')
      const totals = previous?.totals ?? new ForwardTotals()
      const setEnv = { ...env, log, probeFailed: totals.probeFailed.bind(totals) }
      const placed = await placeAll(directives, setsOf(previous), setEnv)
      const isUsed = (set: UpstreamSet) => placed.some((one) => one.set === set)
      let listeners: readonly ListenerAddress[] = []
      let warnings: readonly string[] = []
      return {
        share(all): ForwardShared {
          listeners = all
          warnings = checkOwnAddresses(placed, listeners, env.localAddresses())
          return sharedOf(placed)
        },
        commit(before) {
          before?.stopPolling()
          for (const set of setsOf(before).filter((one) => !isUsed(one))) {
            set.stop()
            totals.retire(set.writer)
          }
          for (const { set, tls } of placed) set.tls = tls
          for (const warning of warnings) log.warning(warning)
          const stopPolling = poll(placed, listeners, host, env)
          return {
            placed,
            totals,
            stopPolling,
            families: () => forwardFamilies(totals.sum(placed.map(({ set }) => set.writer))),
            receive: (line) => startProbe(placed, line),
            threadEnded(thread) {
              for (const { set } of placed) set.writer.freePlaces(thread)
            },
            async stop() {
              stopPolling()
              for (const { set } of placed) set.stop()
            },
          }
        },
        async discard() {},
      }
    },
  }
}

function setsOf(running: ForwardRunning | undefined): readonly UpstreamSet[] {
  return (running?.placed ?? []).map(({ set }) => set)
}

/** The component of the process. */
export const forwardComponent = createForwardComponent()

/** Takes over the sets in `kept` with the same options, and opens the others; rejects with CodedError. */
async function placeAll(
  directives: readonly Directive<ForwardConfig>[],
  kept: readonly UpstreamSet[],
  env: UpstreamSetEnv,
): Promise<readonly PlacedSet[]> {
  const free = new Set(kept)
  const placed = directives.flatMap((directive) =>
    directive.config.forwards.map((options, index) => {
      const tls = readTlsMaterial(options.tls, env.readFile)
      const key = JSON.stringify(options)
      const same = [...free].find((set) => JSON.stringify(set.options) === key)
      if (same !== undefined) free.delete(same)
      return { directive, index, tls, set: same ?? new UpstreamSet(options, env) }
    }),
  )
  try {
    await Promise.all(placed.map(({ set }) => (kept.includes(set) ? undefined : set.open())))
  } catch (error) {
    throw new CodedError('UPSTREAM', `plugin/forward: ${errorText(error)}`)
  }
  return placed
}

function sharedOf(placed: readonly PlacedSet[]): ForwardShared {
  const shared: Record<number, ForwardShared[number][number][]> = {}
  for (const { directive, set, tls } of placed) {
    shared[directive.block] ??= []
    shared[directive.block]!.push({ upstreams: set.writer.buffer, tls })
  }
  return shared
}

/** Throws CodedError for an upstream that is this server, if the block has `loop`; otherwise returns warnings. */
function checkOwnAddresses(
  placed: readonly PlacedSet[],
  listeners: readonly ListenerAddress[],
  local: ReadonlySet<string>,
): readonly string[] {
  return placed.flatMap((one) => {
    const message = ownAddressText(one, one.set.writer.entries, listeners, local)
    if (message === undefined) return []
    if (hasLoop(one)) throw new CodedError('UPSTREAM', `plugin/forward: ${message}`)
    return [message]
  })
}

function hasLoop({ directive }: PlacedSet): boolean {
  return directive.chain.includes('loop')
}

/** Why an upstream cannot work, if it is this server; undefined if none is. */
function ownAddressText(
  { directive, set }: PlacedSet,
  upstreams: readonly ResolvedUpstream[],
  listeners: readonly ListenerAddress[],
  local: ReadonlySet<string>,
): string | undefined {
  // A rewritten name may belong to another block.
  if (directive.chain.includes('rewrite')) return undefined
  const { from, to } = set.options
  for (const upstream of upstreams) {
    const target = to[upstream.target]!
    if (target.transport !== 'dns') continue
    const listener = ownListener(upstream, { from, block: directive.block, listeners, local })
    if (listener === undefined) continue
    const where = target.kind === 'file' ? ` of ${target.path}` : ''
    const address = `${upstream.address} port ${upstream.port}${where}`
    return `upstream ${address} is this server (${listener.server}): queries for ${from} would come back to it without end`
  }
  return undefined
}

/** Watches files and host names; the result ends it. */
function poll(
  placed: readonly PlacedSet[],
  listeners: readonly ListenerAddress[],
  host: Host,
  env: ForwardEnv,
): () => void {
  let cancel = () => {}
  let stopped = false
  let polls = 0
  const refresh = async (one: PlacedSet, withHosts: boolean) => {
    one.set.startLostProbes()
    const own = (upstreams: readonly ResolvedUpstream[]) =>
      ownAddressText(one, upstreams, listeners, env.localAddresses())
    const refusal = (upstreams: readonly ResolvedUpstream[]) =>
      hasLoop(one) ? own(upstreams) : undefined
    const changed = await one.set.refresh(withHosts, refusal, () => stopped)
    if (!changed) return false
    const warning = own(one.set.writer.entries)
    if (warning !== undefined) host.log.plugin('forward').warning(warning)
    return true
  }
  const run = async () => {
    polls++
    const withHosts = polls % POLLS_BETWEEN_LOOKUPS === 0
    const changes = await Promise.all(placed.map((one) => refresh(one, withHosts)))
    if (stopped) return
    if (changes.includes(true)) host.upstreamsChanged()
    schedule()
  }
  const schedule = () => {
    cancel = env.after(POLL_MS, () => void run())
  }
  schedule()
  return () => {
    stopped = true
    cancel()
  }
}

function startProbe(placed: readonly PlacedSet[], line: string): void {
  const [, block, index, id] = /^probe (\d+) (\d+) (\d+)$/.exec(line) ?? []
  const one = placed.find(
    ({ directive, index: at }) => directive.block === Number(block) && at === Number(index),
  )
  one?.set.startProbe(Number(id))
}
