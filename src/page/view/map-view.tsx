// The first view: the map, the clusters as a table, and one cluster.
import { fleet } from '../live/store.ts'
import { ClusterPanel } from './cluster-panel.tsx'
import { ClusterTable } from './cluster-table.tsx'
import { Command } from './command.tsx'
import { Empty } from './empty.tsx'
import { MapPicture } from './map-picture.tsx'

/** `cluster` is the one whose details are open; '' for none. */
export function MapView({ cluster }: { readonly cluster: string }) {
  const known = fleet.value
  if (known === undefined) return null
  if (known.clusters.length === 0) {
    return (
      <Empty title="Add the first cluster.">
        Install the fleet's account in a cluster, and let it join:
        <Command text="clusterset-dns fleet join --help" />
      </Empty>
    )
  }
  const open = known.clusters.find(({ name }) => name === cluster)
  return (
    <>
      <MapPicture map={known} cluster={cluster} />
      <div class="side">
        {open !== undefined && <ClusterPanel cluster={open} flows={known.flows} />}
        <ClusterTable map={known} cluster={cluster} />
      </div>
    </>
  )
}
