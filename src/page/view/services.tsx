// The table of services with its filters, which are in the address.
import { useEffect, useMemo } from 'preact/hooks'
import { needRows, rows, rowsError } from '../live/store.ts'
import { tableAddress } from '../model/address.ts'
import { type Filter, noFilter, selectRows } from '../model/filter.ts'
import type { Rows } from '../model/rows.ts'
import { count, plural } from '../model/words.ts'
import { Command } from './command.tsx'
import { Empty, Loading } from './empty.tsx'
import { Filters } from './filters.tsx'
import { ServiceTable } from './service-table.tsx'

/** All services that the filter lets through. */
export function ServicesView({ filter }: { readonly filter: Filter }) {
  useEffect(needRows, [])
  const known = rows.value
  if (known === undefined) return <Loading what="Services" error={rowsError.value} />
  return <Table rows={known} filter={filter} />
}

function Table({ rows, filter }: { readonly rows: Rows; readonly filter: Filter }) {
  const { services, clusters } = rows
  const key = JSON.stringify(filter)
  const selected = useMemo(() => selectRows(services, clusters, filter), [rows, key])
  if (services.length === 0) {
    return (
      <Empty title="No service is exported yet.">
        Export one: create a ServiceExport with the name and the namespace of a Service in one
        cluster.
        <Command text="kubectl --context CLUSTER explain serviceexport" />
      </Empty>
    )
  }
  const isFiltered = key !== JSON.stringify(noFilter)
  return (
    <>
      <Filters filter={filter} rows={rows} />
      <p class="found" role="status">
        {isFiltered
          ? `${count(selected.length)} of ${plural(services.length, 'service')}`
          : plural(services.length, 'service')}
        {isFiltered && <a href={tableAddress({})}>Show all</a>}
      </p>
      {selected.length === 0 ? (
        <Empty title="No service matches these filters.">
          <a href={tableAddress({})}>Show all {count(services.length)}</a>, or search for a part of
          a name, an address or an error.
        </Empty>
      ) : (
        <ServiceTable rows={selected} clusters={clusters} address={key} />
      )}
    </>
  )
}
