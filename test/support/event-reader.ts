// A viewer of the page: reads the server-sent events of one connection.
import type { PageEvents } from '../../src/fleet/page/document.ts'
import { waitFor } from './wait-for.ts'

/** One event as it was sent. */
export interface SentEvent {
  readonly name: keyof PageEvents
  readonly id: string
  readonly data: unknown
}

/** Connects and collects events until `close`. */
export async function openViewer(url: string, headers: Readonly<Record<string, string>> = {}) {
  const stop = new AbortController()
  const reply = await fetch(url, { headers, signal: stop.signal })
  if (!reply.ok || reply.body === null) throw new Error(`${reply.status} ${await reply.text()}`)
  const events: SentEvent[] = []
  let comments = 0
  let isOpen = true
  const read = async (body: ReadableStream<Uint8Array>) => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of body) {
      const blocks = (text + decoder.decode(part, { stream: true })).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        if (block.startsWith(':')) comments++
        else events.push(eventOf(block))
      }
    }
  }
  const ended = read(reply.body)
    .catch(() => {})
    .finally(() => {
      isOpen = false
    })
  const all = <Name extends keyof PageEvents>(name: Name) =>
    events.filter((one) => one.name === name).map(({ data }) => data as PageEvents[Name])
  return {
    reply,
    events,
    all,
    get comments() {
      return comments
    },
    get isOpen() {
      return isOpen
    },
    /** Resolves to the first event of the name that fits. */
    until: <Name extends keyof PageEvents>(
      name: Name,
      fits: (data: PageEvents[Name]) => boolean = () => true,
    ) => waitFor(`an event ${name}`, () => all(name).find(fits)),
    close: async () => {
      stop.abort()
      await ended
    },
  }
}

function eventOf(block: string): SentEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)] as const
    }),
  )
  const name = fields.get('event') as keyof PageEvents
  return { name, id: fields.get('id') ?? '', data: JSON.parse(fields.get('data') ?? 'null') }
}
