// How long changes take, which services are the slowest, what is retried and why, and conflicts.
import type { PropagationDocument, SlowService } from '../../fleet/page/document.ts'
import type { RetryStatus } from '../../fleet/status/document.ts'
import { replacePlace } from '../live/place.ts'
import { fleet, now } from '../live/store.ts'
import { useDocument } from '../live/view-document.ts'
import { serviceAddress, tableAddress } from '../model/address.ts'
import { clockTime, duration, plural } from '../model/words.ts'
import { Empty, Loading } from './empty.tsx'
import { Histograms } from './histograms.tsx'
import { Mark } from './mark.tsx'

/** Pairs with `cluster` only; all for ''. */
export function ChangesView({ cluster }: { readonly cluster: string }) {
  const { document, error } = useDocument<PropagationDocument>('propagation.json').value
  if (document === undefined) return <Loading what="Propagation" error={error} />
  const { pairs, slowest, retries, leader } = document
  if (pairs === null) {
    return (
      <Empty title="This replica does not lead.">
        The leader alone knows how long changes take and what is retried. Ask{' '}
        {leader.holder || 'it'}: forward its port instead of this one.
      </Empty>
    )
  }
  return (
    <>
      <Histograms pairs={pairs} cluster={cluster} onCluster={choose} />
      <div class="columns">
        <Retries retries={retries ?? []} />
        <Slowest services={slowest ?? []} />
        <Conflicts />
      </div>
    </>
  )
}

function choose(cluster: string): void {
  replacePlace({ view: 'changes', cluster })
}

function Retries({ retries }: { readonly retries: readonly RetryStatus[] }) {
  return (
    <section>
      <h2>Retried</h2>
      {retries.length === 0 ? (
        <p class="muted">No write failed: nothing waits for a retry.</p>
      ) : (
        <ul class="lines">
          {retries.map(({ cluster, service, message }) => (
            <li key={`${cluster} ${service}`}>
              <Mark tone="warn" />
              <div>
                <a href={serviceAddress(service)}>{service}</a> at {cluster}
                <div class="muted">{message || 'The reason was not logged.'}</div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Slowest({ services }: { readonly services: readonly SlowService[] }) {
  return (
    <section>
      <h2>Slowest services</h2>
      {services.length === 0 ? (
        <p class="muted">No endpoint changed since this replica began to lead.</p>
      ) : (
        <ul class="lines">
          {services.map(({ service, source, consumer, seconds, time }) => (
            <li key={`${service} ${source} ${consumer}`}>
              <b class="number">{duration(seconds)}</b>
              <div>
                <a href={serviceAddress(service)}>{service}</a>
                <div class="muted">
                  {source} → {consumer} at {clockTime(time, now.value)}
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Conflicts() {
  const conflicts = fleet.value?.services.conflicts ?? 0
  return (
    <section>
      <h2>Conflicts</h2>
      {conflicts === 0 ? (
        <p class="muted">All exports of each service agree.</p>
      ) : (
        <p>
          <a href={tableAddress({ conflict: 'yes' })}>
            {plural(conflicts, 'service')} {conflicts === 1 ? 'has' : 'have'} exports that disagree
          </a>
          : the view of each service says who has which value and who wins.
        </p>
      )}
    </section>
  )
}
