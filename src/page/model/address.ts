// The address of each view: the part of the URL after "#". It works below any path of an ingress, and can be shared.
import { type Filter, noFilter } from './filter.ts'

/** What the page shows. */
export type Place =
  | {
      readonly view: 'map' /** A cluster whose details are open; '' for none. */
      readonly cluster: string
    }
  | { readonly view: 'services'; readonly filter: Filter }
  | { readonly view: 'service'; readonly namespace: string; readonly name: string }
  | {
      readonly view: 'changes' /** Pairs with this cluster only; '' for all. */
      readonly cluster: string
    }
  | { readonly view: 'unknown'; readonly address: string }

/** The place of a `location.hash`; `unknown` when there is none of this address. */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
  const search = new URLSearchParams(query)
  const [view = 'map', namespace = '', name = ''] = parts
  const cluster = search.get('cluster') ?? ''
  if (view === 'map' && parts.length < 2) return { view, cluster }
  if (view === 'services' && parts.length === 1) return { view, filter: filterOf(search) }
  if (view === 'changes' && parts.length === 1) return { view, cluster }
  if (view === 'service' && parts.length === 3) return { view, namespace, name }
  return { view: 'unknown', address: hash }
}

/** The `href` of a place: "#/service/shop/web". */
export function addressOf(place: Place): string {
  switch (place.view) {
    case 'map':
      return `#/map${queryOf({ cluster: place.cluster })}`
    case 'services':
      return `#/services${queryOf({ ...place.filter })}`
    case 'service':
      return `#/service/${encodeURIComponent(place.namespace)}/${encodeURIComponent(place.name)}`
    case 'changes':
      return `#/changes${queryOf({ cluster: place.cluster })}`
    case 'unknown':
      return place.address
  }
}

/** The `href` of a service by its "namespace/name". */
export function serviceAddress(service: string): string {
  const [namespace = '', name = ''] = service.split('/')
  return addressOf({ view: 'service', namespace, name })
}

/** The `href` of the table with this filter. */
export function tableAddress(filter: Partial<Filter>): string {
  return addressOf({ view: 'services', filter: { ...noFilter, ...filter } })
}

function filterOf(search: URLSearchParams): Filter {
  const keys = Object.keys(noFilter) as (keyof Filter)[]
  return { ...noFilter, ...Object.fromEntries(keys.map((key) => [key, search.get(key) ?? ''])) }
}

function queryOf(values: Readonly<Record<string, string>>): string {
  const search = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''))
  return search.size === 0 ? '' : `?${search}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
