// `kubernetes` at query time: its zones of the cluster, reverse zones and multicluster zones.
import type { TableReader } from '../../zone/table-reader.ts'
import { answererContext } from '../multicluster/answerer.ts'
import { multiclusterAnswerers } from '../multicluster/runtime.ts'
import { ZoneSet } from '../multicluster/zone-set.ts'
import type { Runtime, RuntimeContext } from '../runtime.ts'
import { clusterAnswerer, reverseAnswerer } from './answerers.ts'
import {
  clusterTableKey,
  type KubernetesConfig,
  multiclusterPart,
  reverseTableKey,
} from './config.ts'
import { kubernetesHandler } from './handler.ts'
import { kubernetesLabels } from './labels.ts'
import { PodSearchLists } from './search-lists.ts'

export const kubernetesRuntime: Runtime<KubernetesConfig> = (config, context) => {
  const forAnswerers = answererContext(context)
  const clusterZones = config.clusterZones.map((zone) =>
    clusterAnswerer(zone, table(context, clusterTableKey(config, zone)), config, forAnswerers),
  )
  const multicluster = multiclusterAnswerers(multiclusterPart(config), context)
  const zones = new ZoneSet([
    ...clusterZones,
    ...config.reverseZones.map((zone) =>
      reverseAnswerer(zone, table(context, reverseTableKey(config)), config, forAnswerers),
    ),
    ...multicluster,
  ])
  const labels = kubernetesLabels(zones, new Set(multicluster), config.zonal)
  const link = { answerer: zones, hasTables: true, handler: kubernetesHandler(zones), labels }
  if (config.pods !== 'verified') return link
  return { ...link, searchLists: new PodSearchLists(zones, clusterZones) }
}

function table({ tables }: RuntimeContext, key: string): TableReader {
  const found = tables.get(key)
  if (found === undefined) throw new Error(`no table ${key}`)
  return found
}
