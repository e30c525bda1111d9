// Which rows of the table of services are shown.
import type { ServiceRow } from '../../fleet/page/document.ts'

/** '' matches all rows. The keys are those of the query in the address. */
export interface Filter {
  /** Each word is part of the name, the address or the text of the row. */
  readonly q: string
  /** A ServiceState, or "problem" for all but `holds`. */
  readonly state: string
  /** Configured name of an exporting cluster. */
  readonly source: string
  /** Configured name of an importing cluster. */
  readonly importer: string
  /** "yes", or a reason such as "PortConflict". */
  readonly conflict: string
  readonly namespace: string
}

export const noFilter: Filter = {
  q: '',
  state: '',
  source: '',
  importer: '',
  conflict: '',
  namespace: '',
}

/** The rows that the filter lets through, in their order. `clusters` are the names to which rows refer. */
export function selectRows(
  rows: readonly ServiceRow[],
  clusters: readonly string[],
  filter: Filter,
): readonly ServiceRow[] {
  const tests = testsOf(clusters, filter)
  if (tests.length === 0) return rows
  return rows.filter((row) => tests.every((test) => test(row)))
}

type Test = (row: ServiceRow) => boolean

function testsOf(clusters: readonly string[], filter: Filter): readonly Test[] {
  const { q, state, source, importer, conflict, namespace } = filter
  const tests: Test[] = []
  if (state === 'problem') tests.push((row) => row.state !== 'holds')
  else if (state !== '') tests.push((row) => row.state === state)
  if (namespace !== '') tests.push(({ service }) => service.startsWith(`${namespace}/`))
  if (source !== '') {
    const index = clusters.indexOf(source)
    tests.push(({ sources }) => sources.some(([cluster]) => cluster === index))
  }
  if (importer !== '') {
    const index = clusters.indexOf(importer)
    tests.push(({ importers }) => importers.includes(index))
  }
  if (conflict === 'yes') tests.push(({ conflicts }) => conflicts.length > 0)
  else if (conflict !== '') tests.push(({ conflicts }) => conflicts.includes(conflict))
  for (const word of q.toLowerCase().split(/\s+/)) {
    if (word === '') continue
    tests.push(
      ({ service, address, text }) =>
        service.includes(word) || address.includes(word) || text.toLowerCase().includes(word),
    )
  }
  return tests
}
