// The address bar as a signal.
import { signal } from '@preact/signals'
import { addressOf, type Place, placeOf } from '../model/address.ts'

export const place = signal<Place>(placeOf(location.hash))

addEventListener('hashchange', () => {
  place.value = placeOf(location.hash)
})

/** Replaces the address of the view, as while somebody types into a filter: "back" leads to the view before. */
export function replacePlace(next: Place): void {
  history.replaceState(null, '', addressOf(next))
  place.value = next
}
