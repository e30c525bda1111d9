// A small histogram for each pair of clusters.
import { useSignal } from '@preact/signals'
import type { PropagationPair } from '../../fleet/page/document.ts'
import { type Bar, barsOf, slowestFirst } from '../model/histogram.ts'
import { byName, count, duration, plural } from '../model/words.ts'

/** Pairs that are shown at first. */
const MOST_PAIRS = 24

interface HistogramsProps {
  readonly pairs: readonly PropagationPair[]
  /** Pairs with this cluster only; all for ''. */
  readonly cluster: string
  readonly onCluster: (cluster: string) => void
}

/** The slowest pairs first. All have the same axis. */
export function Histograms({ pairs, cluster, onCluster }: HistogramsProps) {
  const showsAll = useSignal(false)
  const shown = slowestFirst(pairs, cluster)
  const clusters = [...new Set(pairs.flatMap(({ source, consumer }) => [source, consumer]))].sort(
    byName,
  )
  const most = showsAll.value ? shown.length : MOST_PAIRS
  return (
    <section>
      <header class="section-head">
        <h2>Propagation</h2>
        <p class="muted">
          From an endpoint's change in one cluster to its EndpointSlice in another.
        </p>
        <label>
          <span>Cluster</span>
          <select value={cluster} onChange={({ currentTarget }) => onCluster(currentTarget.value)}>
            {['', ...clusters].map((name) => (
              <option key={name} value={name}>
                {name || 'Any'}
              </option>
            ))}
          </select>
        </label>
      </header>
      {shown.length === 0 && (
        <p class="muted">
          No endpoint changed since this replica began to lead. Scale a Deployment behind an
          exported Service, and its change appears here.
        </p>
      )}
      <ul class="pairs">
        {shown.slice(0, most).map((pair) => (
          <Pair key={`${pair.source} ${pair.consumer}`} pair={pair} bars={barsOf(pair, pairs)} />
        ))}
      </ul>
      {shown.length > most && (
        <button
          type="button"
          onClick={() => {
            showsAll.value = true
          }}
        >
          Show all {count(shown.length)} pairs
        </button>
      )}
    </section>
  )
}

const [WIDTH, HEIGHT] = [240, 56]

function Pair({ pair, bars }: { readonly pair: PropagationPair; readonly bars: readonly Bar[] }) {
  const { source, consumer, changes, p50Seconds, p99Seconds } = pair
  const step = WIDTH / Math.max(1, bars.length)
  const texts = bars
    .filter((bar) => bar.changes > 0)
    .map((bar) => `${plural(bar.changes, 'change')} ${rangeText(bar)}`)
  return (
    <li class="pair">
      <h3>
        {source} → {consumer}
      </h3>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={texts.join(', ')}
      >
        {bars.map((bar, i) => (
          <rect
            key={bar.above}
            x={i * step + 1}
            y={HEIGHT - Math.max(1, bar.height * HEIGHT)}
            width={Math.max(1, step - 2)}
            height={Math.max(1, bar.height * HEIGHT)}
          >
            <title>{`${plural(bar.changes, 'change')} ${rangeText(bar)}`}</title>
          </rect>
        ))}
      </svg>
      <p class="axis" aria-hidden="true">
        <span>{bars[0] === undefined ? '' : duration(bars[0].above)}</span>
        <span>{endText(bars.at(-1))}</span>
      </p>
      <p>
        half <b>{duration(p50Seconds)}</b> · 99 % <b>{duration(p99Seconds)}</b>{' '}
        <span class="muted">· {plural(changes, 'change')}</span>
      </p>
    </li>
  )
}

function rangeText({ above, upTo }: Bar): string {
  return upTo === null
    ? `in more than ${duration(above)}`
    : `in ${duration(above)} to ${duration(upTo)}`
}

function endText(bar: Bar | undefined): string {
  if (bar === undefined) return ''
  return bar.upTo === null ? `> ${duration(bar.above)}` : duration(bar.upTo)
}
