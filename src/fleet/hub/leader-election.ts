// Leader election by a Lease, as client-go does it: of several replicas the one writes that holds the Lease and
// renews it in time. Clocks of machines are never compared: a candidate takes over when it has itself seen the
// Lease unchanged for as long as it lasts, and the holder stops a third of that time earlier, by its own clock.
import { type ApiError, asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { LeaseApi, LeaseChange, LeaseRecord } from './lease.ts'

export interface LeaderTimes {
  /** Milliseconds that a Lease lasts after a renewal. */
  readonly lease: number
  /** Milliseconds after its last renewal at which the holder stops writing. */
  readonly renew: number
  /** Milliseconds between two tries. */
  readonly retry: number
}

/** Those of client-go and of the Kubernetes controllers. */
export const defaultLeaderTimes: LeaderTimes = { lease: 15_000, renew: 10_000, retry: 2000 }

export interface LeaderElectorOptions {
  readonly leases: LeaseApi
  /** Name of the Lease. */
  readonly name: string
  /** Of this replica; no two processes ever have the same. */
  readonly replica: string
  readonly clock: Clock
  readonly log: Log
  /** Told when this replica begins and ends to lead. */
  readonly onChange: (leads: boolean) => void
  readonly times: LeaderTimes
}

export class LeaderElector {
  readonly #options: LeaderElectorOptions
  readonly #times: LeaderTimes
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  /** The Lease as it was last seen, and since when it has been seen like that. */
  #observed: { readonly record: LeaseRecord; readonly since: number } | undefined
  /** When the last renewal was asked for, by both clocks; undefined while another one leads. */
  #renewed: { readonly now: number; readonly wall: number } | undefined
  #lastError = ''
  /** True when a write was held back while this replica led, for example by a wall clock that jumped and came back. */
  #refusedWrite = false

  /** Begins to campaign at once. */
  constructor(options: LeaderElectorOptions) {
    this.#options = options
    this.#times = options.times
    this.#running = this.#run()
  }

  /** True while this replica may begin a write: it leads, and its renewal is not overdue. */
  mayWrite(): boolean {
    if (this.#renewed === undefined) return false
    const isInTime = this.#age(this.#renewed) < this.#times.renew
    if (!isInTime) this.#refusedWrite = true
    return isInTime
  }

  /** Who holds the Lease, as far as is known; '' for nobody. */
  get holder(): string {
    return this.#observed?.record.holder ?? ''
  }

  /** Why the Lease cannot be read or written, for a person; '' when it can. */
  get lastError(): string {
    return this.#lastError
  }

  /** Ends the campaign; a Lease that is held is given back, so that another one takes it at once. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
    const { leases, onChange } = this.#options
    if (this.#renewed === undefined || this.#observed === undefined) return
    this.#renewed = undefined
    onChange(false)
    const signal = AbortSignal.timeout(this.#times.retry)
    await leases
      .update(this.#observed.record, { holder: '', durationSeconds: 1 }, signal)
      .catch(() => {
        // Then it runs out by itself.
      })
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#attempt(signal)
      await sleep(clock, this.#times.retry, signal)
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const requestedAt = { now: clock.now(), wall: clock.wall() }
    // A request that hangs must not keep the next one from being in time.
    const limit = new AbortController()
    const cancel = clock.after(this.#times.renew / 2, () => limit.abort())
    try {
      const record = await this.#campaign(AbortSignal.any([signal, limit.signal]))
      this.#lastError = ''
      if (record?.holder === this.#options.replica) this.#won(requestedAt)
      else this.#lost(record === undefined ? 'its Lease is gone' : `${record.holder} leads now`)
    } catch (error) {
      if (signal.aborted) return
      this.#failed(
        limit.signal.aborted ? 'the hub does not answer' : asApiError(error).message,
        asApiError(error),
      )
    } finally {
      cancel()
    }
  }

  /** Renews, takes over, or only looks; resolves to the Lease as it is then. */
  async #campaign(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { leases, name, replica, clock } = this.#options
    const wall = clock.wall()
    const renewal: LeaseChange = {
      holder: replica,
      durationSeconds: Math.round(this.#times.lease / 1000),
      renewTime: wall,
    }
    if (this.#renewed !== undefined && this.#observed !== undefined) {
      return this.#observe(await leases.update(this.#observed.record, renewal, signal))
    }
    const current = await leases.read(name, signal)
    const acquisition = { ...renewal, acquireTime: wall }
    if (current === undefined) return this.#observe(await leases.create(name, acquisition, signal))
    this.#observe(current)
    if (current.holder !== '' && current.holder !== replica && !this.#hasExpired(current))
      return current
    const transitions = current.transitions + 1
    return this.#observe(await leases.update(current, { ...acquisition, transitions }, signal))
  }

  #observe(record: LeaseRecord): LeaseRecord {
    const { resourceVersion, uid } = this.#observed?.record ?? {}
    if (record.uid !== uid || record.resourceVersion !== resourceVersion) {
      this.#observed = { record, since: this.#options.clock.now() }
    }
    return record
  }

  #hasExpired({ durationSeconds }: LeaseRecord): boolean {
    const since = this.#observed?.since ?? Number.POSITIVE_INFINITY
    return this.#options.clock.now() - since >= durationSeconds * 1000
  }

  #won(requestedAt: { readonly now: number; readonly wall: number }): void {
    const { log, replica, onChange } = this.#options
    const before = this.#renewed
    const wasLate =
      before !== undefined && (this.#refusedWrite || this.#age(before) >= this.#times.renew)
    this.#refusedWrite = false
    this.#renewed = requestedAt
    if (before !== undefined && !wasLate) return
    // What was held back while it was late has to be looked at again.
    if (wasLate) onChange(false)
    log.info(`${replica} leads the fleet${wasLate ? ' again: its renewal was late' : ''}`)
    onChange(true)
  }

  #failed(why: string, { reason }: ApiError): void {
    const { log } = this.#options
    // Somebody was faster: the next look shows who.
    if (reason === 'conflict') {
      this.#lost('its Lease was changed by another one')
      return
    }
    if (this.#lastError !== why) log.error(`the Lease of the leader: ${why}`)
    this.#lastError = why
    if (this.#renewed !== undefined && !this.mayWrite()) {
      this.#lost('its Lease could not be renewed in time')
    }
  }

  #lost(why: string): void {
    if (this.#renewed === undefined) return
    const { log, replica, onChange } = this.#options
    this.#renewed = undefined
    log.warning(`${replica} leads no more: ${why}; it writes nothing until it leads again`)
    onChange(false)
  }

  /** Milliseconds since then by the clock that says more: the monotonic one stands still in a suspended machine. */
  #age({ now, wall }: { readonly now: number; readonly wall: number }): number {
    const { clock } = this.#options
    return Math.max(clock.now() - now, clock.wall() - wall)
  }
}
