// The rows of the table, and what changes of them do.
import type { ServiceRow, ServicesDocument, ServicesEvent } from '../../fleet/page/document.ts'

/** All services, sorted. */
export interface Rows {
  readonly clusters: readonly string[]
  readonly services: readonly ServiceRow[]
}

/** The rows of a document. */
export function rowsOf({ clusters, services }: ServicesDocument): Rows {
  return { clusters, services }
}

/** The rows after the events, in their order. Rows that did not change are the same objects. */
export function applyEvents(rows: Rows, events: readonly ServicesEvent[]): Rows {
  const last = events.at(-1)
  if (last === undefined) return rows
  const byName = new Map(rows.services.map((row) => [row.service, row]))
  const size = byName.size
  let isNew = false
  for (const { changed, removed } of events) {
    for (const service of removed) byName.delete(service)
    for (const row of changed) {
      isNew ||= !byName.has(row.service)
      byName.set(row.service, row)
    }
  }
  const services = [...byName.values()]
  if (isNew || services.length > size) services.sort(byService)
  return { clusters: last.clusters, services }
}

function byService(a: ServiceRow, b: ServiceRow): number {
  return a.service < b.service ? -1 : a.service > b.service ? 1 : 0
}
