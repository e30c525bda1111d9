// The frame of all views: name, views, connection, headline.
import { useSignalEffect } from '@preact/signals'
import { place } from '../live/place.ts'
import { fleet, headline } from '../live/store.ts'
import { addressOf, type Place } from '../model/address.ts'
import { noFilter } from '../model/filter.ts'
import { ChangesView } from './changes.tsx'
import { ConnectionState, StaleBar } from './connection.tsx'
import { Empty } from './empty.tsx'
import { HeadlineBar } from './headline.tsx'
import { MapView } from './map-view.tsx'
import { ServiceView } from './service.tsx'
import { ServicesView } from './services.tsx'

const VIEWS: readonly (readonly [name: string, place: Place, views: readonly Place['view'][]])[] = [
  ['Map', { view: 'map', cluster: '' }, ['map']],
  ['Services', { view: 'services', filter: noFilter }, ['services', 'service']],
  ['Changes', { view: 'changes', cluster: '' }, ['changes']],
]

/** The whole page. */
export function App() {
  useSignalEffect(() => {
    const title = headline.value?.title
    document.title = title === undefined ? 'Clusterset' : `${title} · Clusterset`
  })
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        Skip to the content
      </button>
      <header class="top">
        <span class="brand">Clusterset</span>
        <nav aria-label="Views">
          {VIEWS.map(([name, to, views]) => (
            <a
              key={name}
              href={addressOf(to)}
              aria-current={views.includes(place.value.view) ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <ConnectionState />
      </header>
      <StaleBar />
      <HeadlineBar />
      <main id="main" tabIndex={-1} class={place.value.view}>
        <View place={place.value} />
      </main>
      <Observer />
    </>
  )
}

function View({ place }: { readonly place: Place }) {
  switch (place.view) {
    case 'map':
      return <MapView cluster={place.cluster} />
    case 'services':
      return <ServicesView filter={place.filter} />
    case 'service':
      return <ServiceView {...place} key={`${place.namespace}/${place.name}`} />
    case 'changes':
      return <ChangesView cluster={place.cluster} />
    case 'unknown':
      return (
        <Empty title="There is no such view.">
          The address {place.address} leads nowhere. <a href="#/map">Go to the map</a>.
        </Empty>
      )
  }
}

/** A link to it would change the view, whose address is behind the "#". */
function focusMain(): void {
  document.getElementById('main')?.focus()
}

/** Who answers this page. */
function Observer() {
  const known = fleet.value
  if (known === undefined) return null
  const { holder } = known.leader
  return (
    <footer>
      {known.observer === 'follower'
        ? `This replica follows. ${holder || 'Nobody'} leads, and alone knows phases, propagation and retries.`
        : `Leader ${holder || 'unknown'}.`}{' '}
      Hub: {known.hub.name}.
    </footer>
  )
}
