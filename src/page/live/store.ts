// What the page knows of the fleet, and how it stays up to date. There is one connection; views read signals.
import { computed, signal } from '@preact/signals'
import type { MapDocument, ServicesDocument, ServicesEvent } from '../../fleet/page/document.ts'
import { headlineOf } from '../model/headline.ts'
import { applyEvents, type Rows, rowsOf } from '../model/rows.ts'
import { errorText } from '../model/words.ts'
import { waitMs } from './backoff.ts'
import { readDocument } from './documents.ts'
import { type PageEvent, readEvents } from './event-stream.ts'

/** The connection: `stale` has the time of the last word of the fleet and of the next try, in ms since the epoch. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | {
      readonly state: 'stale'
      readonly since: number
      readonly nextTry: number
      readonly why: string
    }

/** Rows are drawn at most so often: a fleet that changes everything must not keep the browser busy. */
const COALESCE_MS = 250

export const connection = signal<Connection>({ state: 'connecting' })
/** The document of the map with everything newer that events brought; undefined until it was read. */
export const fleet = signal<MapDocument | undefined>(undefined)
/** Undefined until the table was first looked at, and read. */
export const rows = signal<Rows | undefined>(undefined)
/** Grows with each word of the fleet: views that have a document of their own ask for it again. */
export const revision = signal(0)
/** The time for texts such as "3 min ago": ms since the epoch, each second. */
export const now = signal(Date.now())
/** Why the rows could not be read; '' when they were. */
export const rowsError = signal('')

export const headline = computed(() => {
  const known = fleet.value
  return known === undefined ? undefined : headlineOf(known, known.services)
})

let lastRevision = ''
let wantsRows = false
let isReading = false
let pending: ServicesEvent[] = []
let timer: ReturnType<typeof setTimeout> | undefined
/** Ends the wait for the next try. */
let wake = () => {}

/** Connects, and connects again for as long as the page is open. */
export async function follow(): Promise<never> {
  setInterval(() => {
    now.value = Date.now()
  }, 1000)
  addEventListener('online', tryNow)
  let lastWord = Date.now()
  for (let attempt = 0; ; attempt += 1) {
    const why = await once((isLive) => {
      if (isLive) attempt = 0
      lastWord = Date.now()
    })
    const wait = waitMs(attempt, Math.random())
    connection.value = { state: 'stale', since: lastWord, nextTry: Date.now() + wait, why }
    await new Promise<void>((resolve) => {
      wake = resolve
      setTimeout(resolve, wait)
    })
  }
}

/** Tries to connect at once. */
export function tryNow(): void {
  wake()
}

/** The table is looked at: reads the rows unless they are known. */
export function needRows(): void {
  wantsRows = true
  if (rows.value === undefined) void readRows()
}

/** One connection; resolves to the reason of its end. `onWord` is called for each answer and event. */
async function once(onWord: (isLive: boolean) => void): Promise<string> {
  const { signal: ended, abort } = abortable()
  try {
    fleet.value = await readDocument<MapDocument>('map.json', ended)
    onWord(false)
    const since = lastRevision === '' ? '' : `?since=${encodeURIComponent(lastRevision)}`
    return await readEvents(`events${since}`, ended, (event) => {
      onWord(true)
      take(event)
    })
  } catch (error) {
    return errorText(error)
  } finally {
    abort()
  }
}

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

function take(event: PageEvent): void {
  const known = fleet.value
  switch (event.name) {
    case 'hello':
      connection.value = { state: 'live' }
      lastRevision = event.data.revision
      // They are also missing when they were asked for while the fleet was away.
      if (wantsRows && (event.data.reset || rows.value === undefined)) void readRows()
      break
    case 'status': {
      const { time, observer, healthy, hub, leader, clusters } = event.data
      if (known !== undefined) {
        fleet.value = { ...known, time, observer, healthy, hub, leader, clusters }
      }
      break
    }
    case 'map':
      if (known !== undefined) fleet.value = { ...known, ...event.data }
      break
    case 'services':
      lastRevision = event.data.revision
      if (wantsRows) pending.push(event.data)
      break
  }
  if (timer === undefined) timer = setTimeout(flush, COALESCE_MS)
}

/** Shows what came since the last time. Events that arrive while the rows are read are applied after them. */
function flush(): void {
  timer = undefined
  revision.value += 1
  if (isReading || rows.value === undefined) return
  const events = pending
  pending = []
  rows.value = applyEvents(rows.value, events)
}

async function readRows(): Promise<void> {
  if (isReading) return
  isReading = true
  try {
    const document = await readDocument<ServicesDocument>('services.json')
    rows.value = rowsOf(document)
    lastRevision ||= document.revision
    rowsError.value = ''
  } catch (error) {
    rowsError.value = errorText(error)
  } finally {
    isReading = false
    flush()
  }
}
