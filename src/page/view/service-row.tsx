// One row of the table of services.
import { memo } from 'preact/compat'
import type { ServiceRow } from '../../fleet/page/document.ts'
import { serviceAddress } from '../model/address.ts'
import { count, list, serviceStates } from '../model/words.ts'
import { State } from './mark.tsx'

interface RowProps {
  readonly row: ServiceRow
  readonly clusters: readonly string[]
  /** Its place in the list, from 0. */
  readonly index: number
  /** The one row that the Tab key reaches. */
  readonly isCurrent: boolean
}

/** Drawn again only when its own row changes. */
export const Row = memo(function Row({ row, clusters, index, isCurrent }: RowProps) {
  const {
    service,
    state,
    sources,
    importers,
    conflicts,
    address,
    text,
    link,
    at,
    pendingSince,
    type,
  } = row
  const [namespace, name] = service.split('/')
  const from = sources.map(([cluster, endpoints]) => `${clusters[cluster]} ${count(endpoints)}`)
  const into = importers.map((cluster) => clusters[cluster] ?? '')
  const where = link === null ? '' : [link, at].filter(Boolean).join(' at ')
  return (
    <tr class={state} data-row={index} aria-rowindex={index + 2}>
      <td class="state-cell">
        <State {...serviceStates[state]} />
      </td>
      <th scope="row">
        <a href={serviceAddress(service)} tabIndex={isCurrent ? 0 : -1}>
          <span class="muted">{namespace}/</span>
          {name}
        </a>
        {conflicts.length > 0 && <span class="badge warn">conflict</span>}
      </th>
      <td class="from" title={from.join(', ')}>
        {list(from) || '–'}
      </td>
      <td class="into" title={into.join(', ')}>
        {list(into) || '–'}
      </td>
      <td class="address">
        {address || (type === 'Headless' ? <span class="muted">Headless</span> : '–')}
      </td>
      <td class="text" title={text}>
        {where !== '' && <b>{where}: </b>}
        {text}
        {text === '' && pendingSince !== '' && 'a change is on its way'}
      </td>
    </tr>
  )
})
