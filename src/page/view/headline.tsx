// The first thing that somebody reads.
import { connection, headline } from '../live/store.ts'
import { Mark } from './mark.tsx'

/** Causes that are shown; the views have all. */
const MOST_CAUSES = 4

/** Whether all is well, and if not what. */
export function HeadlineBar() {
  const known = headline.value
  if (known === undefined) {
    const waiting =
      connection.value.state === 'stale' ? 'Nothing is known yet.' : 'Asking the fleet …'
    return (
      <section class="headline unknown" aria-label="State of the clusterset">
        <Mark tone="unknown" />
        <h1>{waiting}</h1>
      </section>
    )
  }
  const { title, causes, href } = known
  // What was well some time ago need not be so now.
  const isStale = connection.value.state === 'stale'
  const tone = isStale ? 'unknown' : known.tone
  return (
    <section class={`headline ${tone}`} aria-label="State of the clusterset">
      <Mark tone={tone} />
      <h1 aria-live="polite">
        {isStale && 'Last known: '}
        {href === undefined ? title : <a href={href}>{title}</a>}
      </h1>
      {causes.length > 0 && (
        <ul>
          {causes.slice(0, MOST_CAUSES).map((cause) => (
            <li key={cause.text}>
              <a href={cause.href}>
                <Mark tone={cause.tone} />
                {cause.text}
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
