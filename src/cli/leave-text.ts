// What `fleet leave` says of the objects that it removes.
import type { Leftover, Leftovers } from '../fleet/plan/departure.ts'
import type { Departure } from './leave-document.ts'

/** "4 services and 8 endpointslices to delete, 4 serviceimports to clean" */
export function leftoversText(left: Leftovers): string {
  const counted = (field: 'deleted' | 'cleaned', what: string) => {
    const texts = [...left].flatMap(([resource, one]) => {
      return one[field] === 0
        ? []
        : `${one[field]} ${one[field] === 1 ? resource.slice(0, -1) : resource}`
    })
    return texts.length === 0 ? [] : [`${joined(texts)} ${what}`]
  }
  return [...counted('deleted', 'to delete'), ...counted('cleaned', 'to clean')].join(', ')
}

/** The lines about one departure: what happens in each cluster, and what does not come back as it was. */
export function departureLines({ id, clusters }: Departure): readonly string[] {
  const all = clusters.flatMap(({ left }) => [...left.values()])
  const sum = (field: keyof Leftover) => all.reduce((total, one) => total + one[field], 0)
  const addresses = sum('addresses')
  return [
    `cluster ${id} leaves:`,
    ...clusters.map(({ name, isLeaving, left }) => {
      const origin = isLeaving ? 'created or written by the fleet' : `imported from ${id}`
      const what = left.size === 0 ? 'nothing to remove' : `${leftoversText(left)} (${origin})`
      return `  in ${name}: ${what}`
    }),
    ...(sum('cleaned') === 0
      ? []
      : [
          '  An object that is cleaned stays; only what the fleet wrote there for the cluster goes.',
        ]),
    ...(addresses === 0
      ? []
      : [
          `  ${addresses === 1 ? 'The ClusterIP of 1 service goes: after a later join it will be another one.' : `The ClusterIPs of ${addresses} services go: after a later join they will be other ones.`}`,
        ]),
  ]
}

function joined(texts: readonly string[]): string {
  const last = texts.at(-1) ?? ''
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} and ${last}`
}
