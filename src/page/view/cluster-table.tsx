// The clusters as a table: the same as the map for those who cannot see it, and more numbers.
import type { MapDocument } from '../../fleet/page/document.ts'
import type { ClusterStatus } from '../../fleet/status/document.ts'
import { now } from '../live/store.ts'
import { addressOf } from '../model/address.ts'
import { lagOf } from '../model/lag.ts'
import { byName, clusterState, count, duration } from '../model/words.ts'
import { State } from './mark.tsx'

interface ClusterTableProps {
  readonly map: MapDocument
  readonly cluster: string
}

/** Those that are not ready come first. */
export function ClusterTable({ map, cluster }: ClusterTableProps) {
  // Drawn each second only while something waits.
  const time = map.lags.length === 0 ? 0 : now.value
  const rank = (one: ClusterStatus) => (clusterState(one.state).tone === 'bad' ? 0 : 1)
  const sorted = [...map.clusters].sort((a, b) => rank(a) - rank(b) || byName(a.name, b.name))
  return (
    <section class="clusters">
      <h2>Clusters</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Cluster</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Lag
            </th>
            <th scope="col" class="number">
              Exports
            </th>
            <th scope="col" class="number">
              Imports
            </th>
            <th scope="col" class="number queue">
              Queue
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((one) => (
            <Row
              key={one.name}
              cluster={one}
              lag={lagOf(one, map, time)}
              isOpen={one.name === cluster}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface RowProps {
  readonly cluster: ClusterStatus
  /** Seconds. */
  readonly lag: number | undefined
  readonly isOpen: boolean
}

function Row({ cluster, lag, isOpen }: RowProps) {
  const { name, state, phase, hub, exports, imports, queued, retrying } = cluster
  return (
    <tr class={isOpen ? 'open' : undefined}>
      <th scope="row">
        <a
          href={addressOf({ view: 'map', cluster: isOpen ? '' : name })}
          aria-current={isOpen ? 'true' : undefined}
        >
          {name}
        </a>
        {hub && <span class="badge">hub</span>}
      </th>
      <td>
        <State {...clusterState(state)} />
        {phase !== null && phase !== 'fresh' && <span class="badge">{phase}</span>}
      </td>
      <td class="number">{lag === undefined ? '–' : duration(lag)}</td>
      <td class="number">{count(exports)}</td>
      <td class="number">{count(imports)}</td>
      <td class="number queue">{queueText(queued, retrying)}</td>
    </tr>
  )
}

function queueText(queued: number | null, retrying: number | null): string {
  if (queued === null) return '–'
  return retrying === null || retrying === 0
    ? count(queued)
    : `${count(queued)} + ${count(retrying)} retried`
}
