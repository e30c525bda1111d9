// The upstreams of one `forward` on the control thread: their addresses now, and their health.
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { sentenceList } from '../plugin.ts'
import type { ForwardOptions, TlsMaterial } from './options.ts'
import type { ProbeTarget } from './probe.ts'
import { Prober } from './prober.ts'
import { joinAddresses, type Lookups, resolveTarget } from './resolve.ts'
import { targetText } from './targets.ts'
import { type ResolvedUpstream, type TableEntry, UpstreamWriter } from './upstream-writer.ts'

/** What an `UpstreamSet` needs of the control thread. */
export interface UpstreamSetEnv extends Lookups {
  readonly log: Log
  /** Sends one probe; rejects when it fails. */
  readonly probe: (target: ProbeTarget, options: ForwardOptions, tls: TlsMaterial) => Promise<void>
  /** Calls `task` after `ms` milliseconds; the result cancels it. */
  readonly after: (ms: number, task: () => void) => () => void
  /** A probe of the upstream with this name failed. */
  readonly probeFailed: (name: string) => void
}

/** The upstreams of one directive. */
export class UpstreamSet {
  readonly options: ForwardOptions
  readonly writer = new UpstreamWriter()
  /** The PEM texts of the configuration in force. */
  tls: TlsMaterial = {}
  readonly #env: UpstreamSetEnv
  /** By TO: the addresses that were found last. */
  #addresses: readonly (readonly string[])[] = []
  /** By id of the upstream. */
  readonly #probers = new Map<number, Prober>()
  /** The last warning about each TO, and about a refused change; each is logged once. */
  readonly #reported = new Map<string, string>()

  constructor(options: ForwardOptions, env: UpstreamSetEnv) {
    this.options = options
    this.#env = env
  }

  /** Resolves all TOs; rejects if one cannot be resolved, or there is no address at all. */
  async open(): Promise<void> {
    const { to, resolvers } = this.options
    this.#addresses = await Promise.all(
      to.map((target) => resolveTarget(target, resolvers, this.#env)),
    )
    const upstreams = joinAddresses(to, this.#addresses)
    if (upstreams.length === 0) throw new Error('no valid upstream addresses found')
    this.writer.update(upstreams)
  }

  /**
   * Reads the files again, and looks up the host names if `withHosts`. What cannot be resolved keeps its addresses, with
   * a warning. Returns true if there are other upstreams now. `refusal` is the reason against new ones, if there is one.
   * With `isOver` nothing changes: a configuration with other listeners has taken over the set during a lookup.
   */
  async refresh(
    withHosts: boolean,
    refusal: (upstreams: readonly ResolvedUpstream[]) => string | undefined,
    isOver: () => boolean,
  ): Promise<boolean> {
    const { to } = this.options
    const addresses = await Promise.all(to.map((_, i) => this.#resolveAgain(i, withHosts)))
    if (isOver()) return false
    const upstreams = joinAddresses(to, addresses)
    const reason = refusal(upstreams)
    this.#reportOnce('refusal', reason)
    if (reason !== undefined) return false
    this.#addresses = addresses
    const before = this.writer.entries
    if (!this.writer.update(upstreams)) return false
    this.#stopProbers()
    const names = (entries: readonly TableEntry[]) => sentenceList(entries.map(({ name }) => name))
    const { entries } = this.writer
    this.#env.log.info(
      `upstreams for ${this.options.from} changed from ${names(before)} to ${names(entries)}`,
    )
    return true
  }

  /** A query to the upstream `id` failed: probes it, unless that is being done. */
  startProbe(id: number): void {
    const entry = this.writer.entries.find((one) => one.id === id)
    if (entry === undefined) return
    const prober = this.#probers.get(id) ?? this.#createProber(entry)
    this.#probers.set(id, prober)
    prober.start()
  }

  /** Starts the probes that were asked for by lines that got lost. */
  startLostProbes(): void {
    for (const entry of this.writer.entries) {
      if (this.writer.wantsProbe(entry)) this.startProbe(entry.id)
    }
  }

  /** Ends all probes. */
  stop(): void {
    for (const prober of this.#probers.values()) prober.stop()
    this.#probers.clear()
  }

  async #resolveAgain(index: number, withHosts: boolean): Promise<readonly string[]> {
    const { to, resolvers } = this.options
    const target = to[index]!
    const before = this.#addresses[index]!
    const name = targetText(target)
    if (target.kind === 'address' || (target.kind === 'host' && !withHosts)) return before
    try {
      const found = await resolveTarget(target, resolvers, this.#env)
      if (found.length === 0 && before.length > 0) throw new Error('no nameservers')
      this.#reportOnce(name, undefined)
      // Servers list the addresses of a name in another order each time.
      return target.kind === 'host' && isSameSet(found, before) ? before : found
    } catch (error) {
      this.#reportOnce(name, `${name}: ${errorText(error)}`)
      return before
    }
  }

  #reportOnce(subject: string, reason: string | undefined): void {
    if (reason === undefined) this.#reported.delete(subject)
    else if (this.#reported.get(subject) !== reason) {
      this.#reported.set(subject, reason)
      this.#env.log.warning(`${reason}; the upstreams stay as they were`)
    }
  }

  #createProber(entry: TableEntry): Prober {
    const { options, writer } = this
    const { log, probe, probeFailed, after } = this.#env
    const target = options.to[entry.target]!
    const name = target.kind === 'file' ? undefined : target.tlsServerName
    const to = {
      transport: target.transport,
      address: entry.address,
      port: entry.port,
      ...(name === undefined ? {} : { tlsServerName: name }),
    }
    let isDown = false
    let reason = ''
    return new Prober({
      intervalMs: options.healthCheck.intervalMs,
      maxFails: options.maxFails,
      probe: () => probe(to, options, this.tls),
      after,
      failed: (error) => {
        reason = errorText(error)
        probeFailed(entry.name)
      },
      setDown: (down) => {
        if (down === isDown) return
        isDown = down
        writer.setDown(entry, down)
        if (down) log.warning(`upstream ${entry.name} is down: ${reason}`)
        else log.info(`upstream ${entry.name} is up again`)
      },
      done: () => writer.probed(entry),
    })
  }

  /** Ends the probes of upstreams that are gone. */
  #stopProbers(): void {
    const ids = new Set(this.writer.entries.map(({ id }) => id))
    for (const [id, prober] of this.#probers) {
      if (ids.has(id)) continue
      prober.stop()
      this.#probers.delete(id)
    }
  }
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a)
  return set.size === new Set(b).size && b.every((address) => set.has(address))
}
