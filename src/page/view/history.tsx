// What happened to a service since the leader started, and the Events about it.
import type { HistoryEntry, ServiceDocument } from '../../fleet/page/document.ts'
import { now } from '../live/store.ts'
import { clockTime } from '../model/words.ts'
import { Mark } from './mark.tsx'

const KINDS: Readonly<Record<HistoryEntry['kind'], string>> = {
  export: 'export',
  endpoints: 'endpoints',
  address: 'address',
  dns: 'DNS',
  event: 'Event',
}

/** The newest first. */
export function History({ document }: { readonly document: ServiceDocument }) {
  const { history, historySince } = document
  return (
    <section class="history">
      <h3>History</h3>
      {history.length === 0 ? (
        <p class="muted">
          Nothing changed since {clockTime(historySince, now.value)}, when this replica began to
          watch.
        </p>
      ) : (
        <ol>
          {history.map((entry) => (
            <Entry
              key={`${entry.time} ${entry.cluster} ${entry.kind} ${entry.text}`}
              entry={entry}
            />
          ))}
          <li class="muted">
            <time dateTime={historySince}>{clockTime(historySince, now.value)}</time>
            <div>This replica began to watch.</div>
          </li>
        </ol>
      )}
    </section>
  )
}

function Entry({ entry }: { readonly entry: HistoryEntry }) {
  const { time, cluster, kind, text, warning } = entry
  return (
    <li>
      <time dateTime={time}>{clockTime(time, now.value)}</time>
      <div>
        {warning && <Mark tone="warn" />}
        <b>
          {KINDS[kind]} {cluster !== '' && `at ${cluster}`}
        </b>{' '}
        {warning && <span class="hidden">Warning: </span>}
        {text}
      </div>
    </li>
  )
}
