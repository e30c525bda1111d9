// The server-sent events of the page. All viewers share what is sent: a viewer is a connection and the revision that it
// has. One that does not read gets later what changed meanwhile, at once, and is disconnected when it does not read at all.
import type { ServerResponse } from 'node:http'
import { errorText } from '../../errors.ts'
import type { PageEvents } from '../../fleet/page/document.ts'
import { type FleetPage, revisionText } from '../../fleet/page/page.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { HttpReply, HttpRequest } from '../../runtime/http.ts'

/** Milliseconds between two events of a kind. */
const ROWS_MS = 500
/** Every how many of them the status of the clusters and the map are looked at. */
const STATUS_TICKS = 4
const BEAT_TICKS = 16
/** Milliseconds that a viewer may read nothing. */
const STALLED_MS = 30_000
/** Rows in one event: about 300 kB. */
const MAX_ROWS = 1000
/** More would take the connections that probes need. */
const MAX_VIEWERS = 20

interface Viewer {
  readonly response: ServerResponse
  /** The revision of the rows that it has. */
  revision: number
  /** The last texts that were sent. */
  status: Buffer | undefined
  map: Buffer | undefined
  /** Clock.now since when it does not read. */
  blockedSince: number | undefined
}

interface Options {
  readonly page: FleetPage
  readonly clock: Clock
  readonly log: Log
}

/** The viewers of one fleet. */
export class PageFeed {
  readonly #page: FleetPage
  readonly #clock: Clock
  readonly #log: Log
  readonly #viewers = new Set<Viewer>()
  /** Undefined without viewers. */
  #use: ReturnType<FleetPage['use']> | undefined
  /** Ends the loop; undefined without viewers. */
  #stop: AbortController | undefined
  #isReading = false
  /** What the last status said, without the times in it. */
  #statusKey = ''
  #clustersKey = ''
  #status: Buffer | undefined
  #map: Buffer | undefined

  constructor({ page, clock, log }: Options) {
    this.#page = page
    this.#clock = clock
    this.#log = log
  }

  /** The reply to a viewer: events until it goes. `since` or Last-Event-ID is the revision that it has. */
  open({ query, headers }: HttpRequest): HttpReply {
    if (this.#viewers.size >= MAX_VIEWERS) return tooMany
    const known = query.get('since') ?? String(headers['last-event-id'] ?? '')
    return {
      status: 200,
      contentType: 'text/event-stream',
      // A proxy such as nginx would collect events before it sends them.
      headers: { 'x-accel-buffering': 'no' },
      body: (response) => this.#add(response, known),
    }
  }

  /** Ends all connections. */
  close(): void {
    for (const { response } of this.#viewers) response.destroy()
  }

  #add(response: ServerResponse, known: string): void {
    // The timeout of idle connections is for those that send no request.
    response.socket?.setTimeout(0)
    this.#use ??= this.#page.use()
    const { name, rows } = this.#use
    const { revision } = rows.store
    const [reading, number = ''] = known.split('.')
    const since = reading === name && /^\d+$/.test(number) ? Number(number) : -1
    const reset = !rows.store.knows(since)
    const viewer: Viewer = {
      response,
      revision: reset ? revision : since,
      status: undefined,
      map: undefined,
      blockedSince: undefined,
    }
    this.#viewers.add(viewer)
    response.once('close', () => this.#remove(viewer))
    response.on('error', () => response.destroy())
    const time = new Date(this.#clock.wall()).toISOString()
    const hello = { time, revision: revisionText(name, viewer.revision), reset }
    response.write(frame('hello', hello, hello.revision))
    this.#send(viewer, new Map())
    if (this.#stop !== undefined) return
    this.#stop = new AbortController()
    this.#run(this.#stop.signal).catch((error: unknown) => this.#fail(error))
  }

  #remove(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    this.#stop?.abort()
    this.#stop = undefined
    this.#use?.release()
    this.#use = undefined
    this.#statusKey = this.#clustersKey = ''
    this.#status = this.#map = undefined
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let tick = 0; ; tick++) {
      // Not awaited: a cluster that does not answer delays no row and no comment line.
      if (tick % STATUS_TICKS === 0) {
        this.#readStatus(signal).catch((error: unknown) => this.#fail(error))
      }
      if (signal.aborted) return
      const frames = new Map<number, Frame>()
      for (const viewer of this.#viewers) {
        this.#send(viewer, frames)
        if (tick % BEAT_TICKS === 0) this.#write(viewer, BEAT)
      }
      await sleep(this.#clock, ROWS_MS, signal)
    }
  }

  /** Reads what is not in rows. A changed state of a cluster, or another leader, may change the links of each service. */
  async #readStatus(signal: AbortSignal): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    const { propagation: _, ...status } = await this.#page.source.status().finally(() => {
      this.#isReading = false
    })
    if (signal.aborted || this.#use === undefined) return
    const { rows } = this.#use
    rows.checkMembers()
    rows.checkPending()
    const states = status.clusters.map(({ name, state, message, phase }) => {
      return [name, state, message, phase]
    })
    const clustersKey = JSON.stringify([states, status.leader.holder])
    if (this.#clustersKey !== '' && clustersKey !== this.#clustersKey) rows.markAll()
    this.#clustersKey = clustersKey
    const statusKey = JSON.stringify(status, (name, value) => (TIMES.includes(name) ? '' : value))
    if (statusKey !== this.#statusKey) this.#status = frame('status', status)
    this.#statusKey = statusKey
    const map = frame('map', this.#page.flows(rows))
    if (this.#map === undefined || !map.equals(this.#map)) this.#map = map
  }

  /** A fault ends the events, and not the fleet: viewers connect again. */
  #fail(error: unknown): void {
    this.#log.error(`page: events: ${errorText(error)}`)
    this.close()
  }

  /** Sends what the viewer does not have. `frames` has what viewers with the same revision get. */
  #send(viewer: Viewer, frames: Map<number, Frame>): void {
    const { response } = viewer
    if (response.destroyed) return
    if (response.writableNeedDrain) {
      viewer.blockedSince ??= this.#clock.now()
      if (this.#clock.now() - viewer.blockedSince > STALLED_MS) response.destroy()
      return
    }
    viewer.blockedSince = undefined
    if (viewer.status !== this.#status) this.#write(viewer, this.#status)
    if (viewer.map !== this.#map) this.#write(viewer, this.#map)
    viewer.status = this.#status
    viewer.map = this.#map
    const sent = frames.get(viewer.revision) ?? this.#frameSince(viewer.revision)
    if (sent === undefined) return
    frames.set(viewer.revision, sent)
    viewer.revision = sent.revision
    this.#write(viewer, sent.bytes)
  }

  #write({ response }: Viewer, bytes: Buffer | undefined): void {
    if (bytes !== undefined && !response.destroyed) response.write(bytes)
  }

  /** The rows that changed since the revision; undefined when none did. */
  #frameSince(since: number): Frame | undefined {
    const { name, rows } = this.#use!
    if (since === rows.store.revision) return undefined
    const changes = rows.store.changesSince(since, MAX_ROWS)
    const time = new Date(this.#clock.wall()).toISOString()
    const revision = revisionText(name, changes?.revision ?? rows.store.revision)
    if (changes === undefined) {
      const bytes = frame('hello', { time, revision, reset: true }, revision)
      return { bytes, revision: rows.store.revision }
    }
    const head = JSON.stringify({ revision, clusters: rows.clusters, removed: changes.removed })
    const data = `${head.slice(0, -1)},"changed":[${changes.changed.join(',')}]}`
    return { bytes: frameOf('services', data, revision), revision: changes.revision }
  }
}

interface Frame {
  readonly bytes: Buffer
  /** The revision that a viewer has with it. */
  readonly revision: number
}

const BEAT = Buffer.from(':\n\n')

/** Fields that change all the time; a status in which nothing else changed is not sent again. */
const TIMES = ['time', 'renewed', 'clockSkewSeconds']

const tooMany: HttpReply = {
  status: 503,
  headers: { 'retry-after': '30' },
  body: `${MAX_VIEWERS} viewers look at this fleet already: close one of them, or ask for /status.json\n`,
}

function frame<Name extends keyof PageEvents>(name: Name, data: PageEvents[Name], id = ''): Buffer {
  return frameOf(name, JSON.stringify(data), id)
}

/** JSON has no line breaks, so its text is one line. */
function frameOf(name: string, data: string, id = ''): Buffer {
  return Buffer.from(`${id === '' ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`)
}
