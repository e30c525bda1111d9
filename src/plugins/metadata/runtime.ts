// `metadata` at query time: finds the plugin of the block that knows a label (coredns plugin/metadata Collect). Nothing is
// collected: a label is read when it is used.
import { escapedNameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { Label, Labels, Link, Runtime } from '../runtime.ts'
import type { MetadataConfig } from './setup.ts'

export const metadataRuntime: Runtime<MetadataConfig> = ({ zones }) => {
  const names = zones.flatMap((zone) => escapedNameToWire(zone) ?? [])
  const covers = (request: Request) => names.some((name) => request.isBelow(name))
  let others: readonly Labels[] = []
  const label = (name: string): Label | undefined => {
    for (const labels of others) {
      const found = labels.label(name)
      if (found === undefined || labels.areForAllNames) {
        if (found !== undefined) return found
        continue
      }
      return (query) => (covers(query.request) ? found(query) : undefined)
    }
    return undefined
  }
  const link: Link = {
    connect(links) {
      others = [...links.values()].flatMap((other) =>
        other === link || other.labels === undefined ? [] : [other.labels],
      )
    },
    labels: { label },
  }
  return link
}
