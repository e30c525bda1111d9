// Whether the page is live, and since when it is not.
import { connection, fleet, now, tryNow } from '../live/store.ts'
import { clockTime, duration } from '../model/words.ts'
import { Mark } from './mark.tsx'

/** A word in the header. */
export function ConnectionState() {
  const { state } = connection.value
  const [tone, word] = {
    live: ['good', 'Live'] as const,
    connecting: ['unknown', 'Connecting'] as const,
    stale: ['bad', 'Stale'] as const,
  }[state]
  return (
    <span class={`connection state ${tone}`} role="status">
      <Mark tone={tone} />
      {word}
    </span>
  )
}

/** What is shown is old: since when, why, and when the page tries again. */
export function StaleBar() {
  const known = connection.value
  if (known.state !== 'stale') return null
  const wait = Math.max(0, Math.ceil((known.nextTry - now.value) / 1000))
  const age = Math.max(0, (now.value - known.since) / 1000)
  const since = clockTime(new Date(known.since).toISOString(), now.value)
  return (
    <div class="stale" role="alert">
      <Mark tone="bad" />
      <p>
        {fleet.value === undefined ? (
          <strong>No connection to the fleet. </strong>
        ) : (
          <strong>
            Stale since {since} ({duration(Math.max(1, Math.round(age)))}).{' '}
          </strong>
        )}
        <span aria-live="off">
          {known.why} {wait === 0 ? 'Trying again …' : `Next try in ${wait} s.`}
        </span>
      </p>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </div>
  )
}
