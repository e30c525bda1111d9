// A document that only one view needs. It is asked for when the view opens, and again when the fleet changed.
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { errorText } from '../model/words.ts'
import { readDocument } from './documents.ts'
import { connection, revision } from './store.ts'

export interface ViewDocument<Document> {
  /** Undefined until the first answer. */
  readonly document: Document | undefined
  /** Why the last question failed; ''. */
  readonly error: string
}

/** At most one question in so many ms. */
const EVERY_MS = 1000
/** Also asked again after so many ms without a change: numbers such as retries are no events. */
const QUIET_MS = 5000

/** The document at the address, as it changes. */
export function useDocument<Document>(address: string): Signal<ViewDocument<Document>> {
  const known = useSignal<ViewDocument<Document>>({ document: undefined, error: '' })
  const asked = useSignal(0)
  useEffect(() => {
    const control = new AbortController()
    known.value = { document: undefined, error: '' }
    const ask = async () => {
      asked.value = Date.now()
      try {
        const document = await readDocument<Document>(address, control.signal)
        if (!control.signal.aborted) known.value = { document, error: '' }
      } catch (error) {
        if (!control.signal.aborted) known.value = { ...known.peek(), error: errorText(error) }
      }
    }
    void ask()
    const isLive = () => connection.peek().state === 'live' && !document.hidden
    const timer = setInterval(() => {
      if (isLive() && Date.now() - asked.peek() > QUIET_MS) void ask()
    }, QUIET_MS)
    let waiting: ReturnType<typeof setTimeout> | undefined
    const first = revision.peek()
    const stop = revision.subscribe((value) => {
      if (value === first || waiting !== undefined || document.hidden) return
      const wait = Math.max(0, asked.peek() + EVERY_MS - Date.now())
      waiting = setTimeout(() => {
        waiting = undefined
        void ask()
      }, wait)
    })
    return () => {
      control.abort()
      clearInterval(timer)
      clearTimeout(waiting)
      stop()
    }
  }, [address])
  return known
}
