// The documents behind the views of the page. Nothing is kept for them while nobody looks: the rows of all services are
// read when they are first asked for, and forgotten a minute after the last one looked.
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import { splitKey } from '../api/keys.ts'
import { explainObjects } from '../explain/explain.ts'
import type { ObjectFacts } from '../explain/facts.ts'
import type {
  Flow,
  Lag,
  MapDocument,
  ObjectConditions,
  PropagationDocument,
  ServiceDocument,
} from './document.ts'
import type { ServiceHistory } from './history.ts'
import { isoTime, LiveRows } from './live-rows.ts'
import type { PageSource } from './source.ts'

/** Milliseconds that rows are kept after the last one looked. */
const KEEP_MS = 60_000
/** Milliseconds that a document waits until the rows of all services are read. */
const SETTLE_MS = 2000
/** Retries of each cluster in a document. */
const MAX_RETRIES = 100

interface Options {
  readonly source: PageSource
  readonly history: ServiceHistory
  readonly clock: Clock
  readonly log: Log
}

/** The rows of all services, with the name of this reading: revisions of another one cannot be compared. */
export interface Reading {
  readonly name: string
  readonly rows: LiveRows
}

/** The documents of one fleet. */
export class FleetPage {
  readonly source: PageSource
  readonly #options: Options
  #reading: Reading | undefined
  #users = 0
  #cancelKeep: (() => void) | undefined

  constructor(options: Options) {
    this.source = options.source
    this.#options = options
  }

  /** Keeps the rows of all services up to date until `release`, and for a minute more. */
  use(): Reading & { readonly release: () => void } {
    const { clock } = this.#options
    this.#cancelKeep?.()
    this.#cancelKeep = undefined
    this.#users++
    this.#reading ??= {
      name: clock.wall().toString(36),
      rows: new LiveRows(this.#options),
    }
    const release = () => {
      if (--this.#users === 0) this.#cancelKeep = clock.after(KEEP_MS, () => this.close())
    }
    return { ...this.#reading, release }
  }

  /** Forgets the rows. */
  close(): void {
    this.#cancelKeep?.()
    this.#reading?.rows.close()
    this.#reading = undefined
  }

  async map(): Promise<MapDocument> {
    const { rows, release } = this.use()
    try {
      await this.#settled(rows)
      const { observer, leader, healthy, hub, clusters } = await this.source.status()
      const head = { ...this.#head('FleetMap'), observer, leader }
      return { ...head, healthy, hub, clusters, ...this.flows(rows) }
    } finally {
      release()
    }
  }

  /** What clusters serve to each other, and how many services are in each state. */
  flows(rows: LiveRows): Pick<MapDocument, 'flows' | 'lags' | 'services'> {
    const { measured } = this.source
    const times = new Map(
      measured.propagation().map((one) => [`${one.source} ${one.consumer}`, one.p99Seconds]),
    )
    const { totals } = rows.store
    const flows = totals.flows(rows.clusters).map((flow): Flow => {
      return { ...flow, p99Seconds: times.get(`${flow.source} ${flow.consumer}`) ?? null }
    })
    return { flows, lags: this.#lags(), services: totals.counts }
  }

  /** The text of the ServicesDocument in pieces: it may have megabytes. */
  async *services(): AsyncGenerator<string> {
    const { name, rows, release } = this.use()
    try {
      await this.#settled(rows)
      const { store, clusters } = rows
      const head = { ...this.#head('FleetServices'), revision: revisionText(name, store.revision) }
      const services = [...store.services()].sort()
      yield `${JSON.stringify({ ...head, clusters }).slice(0, -1)},"services":[`
      for (let i = 0; i < services.length; i += ROWS_OF_PIECE) {
        const texts = services
          .slice(i, i + ROWS_OF_PIECE)
          .flatMap((service) => store.text(service) ?? [])
        yield `${i === 0 ? '' : ','}\n${texts.join(',\n')}`
      }
      yield '\n]}\n'
    } finally {
      release()
    }
  }

  /** `service` is "namespace/name". */
  service(service: string): ServiceDocument {
    const { history } = this.#options
    const facts = this.source.facts({ ...splitKey(service), from: undefined })
    const explanation = explainObjects(facts)
    const broken = explanation.links.findIndex(({ state }) => state === 'broken')
    return {
      ...this.#head('FleetService'),
      service,
      missing: facts.clusters.every(({ snapshot }) => {
        const { import: found, imported } = snapshot
        return snapshot.export === undefined && found === undefined && imported.length === 0
      }),
      explanation,
      firstBroken: broken < 0 ? null : broken,
      conditions: conditionsOf(facts),
      historySince: new Date(history.since).toISOString(),
      history: history.of(service),
    }
  }

  propagation(): PropagationDocument {
    const { measured, role } = this.source
    const leads = role.observer === 'leader'
    const buckets = measured.propagationBuckets()
    return {
      ...this.#head('FleetPropagation'),
      pairs: leads
        ? measured.propagation().map((pair, i) => ({
            ...pair,
            buckets: buckets[i]!.map(([bound, count]) => {
              return [Number.isFinite(bound) ? bound : null, count] as const
            }),
          }))
        : null,
      slowest: leads
        ? measured.slowest.map(({ wall, ...one }) => {
            return { ...one, time: new Date(wall).toISOString() }
          })
        : null,
      retries: leads ? measured.retries(MAX_RETRIES) : null,
    }
  }

  async #settled(rows: LiveRows): Promise<void> {
    const timeout = new AbortController()
    const waited = sleep(this.#options.clock, SETTLE_MS, timeout.signal)
    await Promise.race([rows.settled(), waited])
    timeout.abort()
  }

  #head<Kind extends string>(kind: Kind) {
    const time = new Date(this.#options.clock.wall()).toISOString()
    return { apiVersion: 'clusterset-dns.io/v1', kind, time, ...this.source.role } as const
  }

  #lags(): readonly Lag[] {
    const { clock } = this.#options
    return this.source.measured.lags.map(({ cluster, services, at }) => {
      return { cluster, services, since: isoTime(clock, at) }
    })
  }
}

/** About 50 kB of text. */
const ROWS_OF_PIECE = 200

/** A revision for clients: that of the store, in this reading. */
export function revisionText(reading: string, revision: number): string {
  return `${reading}.${revision}`
}

function conditionsOf({ clusters }: ObjectFacts): readonly ObjectConditions[] {
  return clusters.flatMap(({ name: cluster, snapshot }) => {
    const { export: exported, import: imported } = snapshot
    const objects = [
      { kind: 'ServiceExport', object: exported },
      { kind: 'ServiceImport', object: imported },
    ] as const
    return objects.flatMap(({ kind, object }) =>
      object === undefined ? [] : [{ cluster, kind, conditions: object.conditions }],
    )
  })
}
