// Reads server-sent events with `fetch`: unlike EventSource it shows the comments that keep a connection alive, so a
// connection that only looks open is noticed.
import { createParser } from 'eventsource-parser'
import type { PageEvents } from '../../fleet/page/document.ts'

/** A server that sends nothing for so long is gone; it sends a comment each 10 seconds. */
const SILENCE_MS = 25_000

/** One event by its name. */
export type PageEvent = {
  [Name in keyof PageEvents]: { readonly name: Name; readonly data: PageEvents[Name] }
}[keyof PageEvents]

const NAMES: readonly string[] = [
  'hello',
  'status',
  'services',
  'map',
] satisfies readonly (keyof PageEvents)[]

/** Calls `onEvent` for each event until the stream ends. Rejects with the reason when it ends, whatever that is. */
export async function readEvents(
  url: string,
  signal: AbortSignal,
  onEvent: (event: PageEvent) => void,
): Promise<never> {
  const silence = new AbortController()
  const silent = () => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1000} s`))
  let timer = setTimeout(silent, SILENCE_MS)
  try {
    const headers = { accept: 'text/event-stream' }
    const both = AbortSignal.any([signal, silence.signal])
    const reply = await fetch(url, { headers, signal: both, cache: 'no-store' })
    if (!reply.ok || reply.body === null) {
      const text = (await reply.text()).trim()
      throw new Error(text || `the fleet answered ${reply.status}`)
    }
    const parser = createParser({
      onEvent: ({ event = '', data }) => {
        if (NAMES.includes(event)) onEvent({ name: event, data: JSON.parse(data) } as PageEvent)
      },
    })
    const decoder = new TextDecoder()
    for (const reader = reply.body.getReader(); ; ) {
      const { done, value } = await reader.read()
      if (done) throw new Error('the fleet closed the connection')
      clearTimeout(timer)
      timer = setTimeout(silent, SILENCE_MS)
      parser.feed(decoder.decode(value, { stream: true }))
    }
  } finally {
    clearTimeout(timer)
  }
}
