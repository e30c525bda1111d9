// What happens to the server in the course of a soak, and when. The plan repeats every ten minutes; in a shorter run one
// round of it takes the whole time.
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '../support/cluster.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import type { Churn } from './churn.ts'
import { clock, type Load } from './load.ts'

export type Incident =
  | 'reload'
  | 'one upstream is silent'
  | 'upstreams answer SERVFAIL'
  | 'upstreams refuse'
  | 'upstreams are silent'
  | 'the API server is killed and started'
  | 'the API server hangs'

/** A round of the plan: at this share of it, this happens. */
export const PLAN: readonly (readonly [share: number, incident: Incident])[] = [
  [0.05, 'reload'],
  [0.13, 'one upstream is silent'],
  [0.22, 'reload'],
  [0.3, 'the API server is killed and started'],
  [0.45, 'reload'],
  [0.5, 'upstreams answer SERVFAIL'],
  [0.6, 'upstreams refuse'],
  [0.7, 'reload'],
  [0.75, 'the API server hangs'],
  [0.85, 'upstreams are silent'],
  [0.95, 'reload'],
]
export const ROUND_MS = 600_000
/** A failure takes this share of a round: 20 s of ten minutes. */
const FAILURE_SHARE = 1 / 30
/** After their failure, upstreams may be judged as failed for this long: deadline 5 s, cached SERVFAIL 5 s, probes. */
export const RECOVERY_MS = 15_000

export interface World {
  readonly cluster: Pick<
    Cluster,
    'kill9Apiserver' | 'restartApiserver' | 'freezeApiserver' | 'thawApiserver' | 'compact'
  >
  readonly churn: Pick<Churn, 'beginOutage' | 'endOutage'>
  readonly load: Pick<Load, 'fail' | 'recover'>
  readonly upstreams: Upstream[]
  /** Gives the server another Corefile, the same for the same edition; resolves when it is in use. */
  readonly reload: (edition: number) => Promise<void>
  readonly roundMs: number
  readonly signal: AbortSignal
}

/** How often something happened, and how long it took to be right again. */
export interface IncidentCount {
  times: number
  /** Of API servers: milliseconds from its return until a new change is answered. Of reloads: until it is in use. */
  readonly afterMs: number[]
  /** Changes that were not answered in time after it. */
  missed: number
}

/** Lets incidents happen until the signal aborts. */
export class Incidents {
  readonly counts = new Map<Incident, IncidentCount>()
  readonly #world: World
  #edition = 0
  #outages = 0

  constructor(world: World) {
    this.#world = world
  }

  async run(): Promise<void> {
    const { signal, roundMs } = this.#world
    const start = clock()
    for (let round = 0; !signal.aborted; round++) {
      for (const [share, incident] of PLAN) {
        const due = start + (round + share) * roundMs
        await this.#pause(Math.max(0, due - clock()))
        if (signal.aborted) return
        const count = this.counts.get(incident) ?? { times: 0, afterMs: [], missed: 0 }
        this.counts.set(incident, count)
        const afterMs = await this.#happen(incident)
        count.times++
        if (afterMs === undefined) count.missed++
        else if (afterMs > 0) count.afterMs.push(afterMs)
      }
    }
  }

  /** The milliseconds until it was right again, 0 when that is not measured, undefined when it was not. */
  async #happen(incident: Incident): Promise<number | undefined> {
    const { upstreams } = this.#world
    switch (incident) {
      case 'reload':
        return this.#reload()
      case 'one upstream is silent':
        return this.#upstreamFailure(incident, (on) => upstreams[0]!.silence(on))
      case 'upstreams are silent':
        return this.#upstreamFailure(incident, (on) => {
          for (const upstream of upstreams) upstream.silence(on)
        })
      case 'upstreams answer SERVFAIL':
        return this.#upstreamFailure(incident, (on) => {
          for (const upstream of upstreams) upstream.fail(on)
        })
      case 'upstreams refuse':
        return this.#upstreamFailure(incident, (on) => this.#refuse(on))
      default:
        return this.#outage(incident)
    }
  }

  async #reload(): Promise<number> {
    const start = clock()
    await this.#world.reload(++this.#edition)
    return clock() - start
  }

  async #upstreamFailure(
    what: Incident,
    fail: (on: boolean) => Promise<void> | void,
  ): Promise<number> {
    const { load } = this.#world
    await load.fail(what)
    await fail(true)
    await this.#pause(this.#failureMs())
    await fail(false)
    load.recover(clock() + RECOVERY_MS)
    return 0
  }

  async #refuse(on: boolean): Promise<void> {
    const { upstreams } = this.#world
    for (const [i, upstream] of upstreams.entries()) {
      if (on) await upstream.stop()
      else upstreams[i] = await startUpstream({ port: upstream.port })
    }
  }

  async #outage(what: Incident): Promise<number | undefined> {
    const { cluster, churn } = this.#world
    const isKill = what === 'the API server is killed and started'
    await churn.beginOutage()
    if (isKill) await cluster.kill9Apiserver()
    else cluster.freezeApiserver()
    await this.#pause(this.#failureMs())
    if (!isKill) cluster.thawApiserver()
    else {
      // Every second time, the resourceVersions of all watches have expired, too: everything is listed again.
      if (this.#outages++ % 2 === 1) await cluster.compact()
      await cluster.restartApiserver()
    }
    return churn.endOutage()
  }

  #failureMs(): number {
    return this.#world.roundMs * FAILURE_SHARE
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#world.signal }).catch(() => {})
  }
}
