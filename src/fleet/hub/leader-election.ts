// Leader election with a Lease, as in client-go's leaderelection: only the replica that holds the Lease and renews it
// in time writes. Clocks of different machines are never compared. A candidate takes over when it has observed the
// Lease unchanged for its whole duration; the holder stops writing a third of that time earlier, by its own clock.
import { type ApiError, asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { LeaseApi, LeaseChange, LeaseRecord } from './lease.ts'

/** The times of leader election, in milliseconds. */
export interface LeaderTimes {
  /** Milliseconds that a Lease is valid after a renewal (client-go: LeaseDuration). */
  readonly lease: number
  /** Milliseconds after its last renewal at which the holder stops writing (RenewDeadline). */
  readonly renew: number
  /** Milliseconds between two attempts (RetryPeriod). */
  readonly retry: number
}

/** The defaults of client-go and of the Kubernetes controllers. */
export const defaultLeaderTimes: LeaderTimes = { lease: 15_000, renew: 10_000, retry: 2000 }

interface LeaderElectorOptions {
  readonly leases: LeaseApi
  /** Name of the Lease. */
  readonly name: string
  /** Identity of this replica, unique for each process. */
  readonly replica: string
  readonly clock: Clock
  readonly log: Log
  /** Called with true when this replica becomes the leader, with false when it stops leading. */
  readonly onChange: (leads: boolean) => void
  readonly times: LeaderTimes
}

/** Acquires and renews one Lease for this replica. */
export class LeaderElector {
  readonly #options: LeaderElectorOptions
  readonly #times: LeaderTimes
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  /** The Lease as last observed, and when this version was first observed (monotonic milliseconds). */
  #observed: { readonly record: LeaseRecord; readonly since: number } | undefined
  /** When the last successful renewal was requested, by both clocks; undefined while not the leader. */
  #renewed: { readonly now: number; readonly wall: number } | undefined
  #lastError = ''
  /** True after `mayWrite` returned false to the leader, for example while the wall clock was wrong for a moment. */
  #refusedWrite = false

  /** Starts the election loop. */
  constructor(options: LeaderElectorOptions) {
    this.#options = options
    this.#times = options.times
    this.#running = this.#run()
  }

  /** True while this replica may start a write: it is the leader and its renewal is not overdue. */
  mayWrite(): boolean {
    if (this.#renewed === undefined) return false
    const isInTime = this.#age(this.#renewed) < this.#times.renew
    if (!isInTime) this.#refusedWrite = true
    return isInTime
  }

  /** The Lease as last observed. */
  get lease(): LeaseRecord | undefined {
    return this.#observed?.record
  }

  /** UID of the Lease as last observed; '' for none. */
  get leaseUid(): string {
    return this.#observed?.record.uid ?? ''
  }

  /** Why the last attempt to read or write the Lease failed, as a text for users; '' after a success. */
  get lastError(): string {
    return this.#lastError
  }

  /** Ends the election loop and releases a held Lease, so that another replica can acquire it at once. */
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
        // The Lease expires on its own.
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
    // A hanging request must not delay the next attempt beyond the renew deadline.
    const limit = new AbortController()
    const cancel = clock.after(this.#times.renew / 2, () => limit.abort())
    try {
      const record = await this.#campaign(AbortSignal.any([signal, limit.signal]))
      this.#lastError = ''
      if (record.holder === this.#options.replica) this.#won(requestedAt)
      else this.#lost(`${record.holder} is the leader`)
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

  /** Renews, acquires or only reads the Lease; resolves to its current version. */
  async #campaign(signal: AbortSignal): Promise<LeaseRecord> {
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
    // Ends the term and begins a new one, so that refused writes are planned again.
    if (wasLate) onChange(false)
    const again = wasLate ? ' again: its renewal was late' : ''
    log.info(`${replica} became the leader${again}`, { replica })
    onChange(true)
  }

  #failed(why: string, { reason }: ApiError): void {
    const { log } = this.#options
    // Another client changed the Lease; the next attempt reads the new holder.
    if (reason === 'conflict') {
      this.#lost('another client changed the Lease')
      return
    }
    if (this.#lastError !== why) log.error(`leader election: ${why}`)
    this.#lastError = why
    if (this.#renewed !== undefined && !this.mayWrite()) {
      this.#lost('the Lease could not be renewed in time')
    }
  }

  #lost(why: string): void {
    if (this.#renewed === undefined) return
    const { log, replica, onChange } = this.#options
    this.#renewed = undefined
    log.warning(
      `${replica} stopped leading: ${why}; it writes nothing until it is the leader again`,
      { replica },
    )
    onChange(false)
  }

  /** Milliseconds since then, by the clock that advanced further: the monotonic one stops while the machine sleeps. */
  #age({ now, wall }: { readonly now: number; readonly wall: number }): number {
    const { clock } = this.#options
    return Math.max(clock.now() - now, clock.wall() - wall)
  }
}
