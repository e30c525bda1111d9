// Services of the cluster as the content of an answer table.
import type { LocalService } from '../../sources/objects.ts'
import type { StoreReader } from '../../sources/source.ts'
import { readableBytes } from '../multicluster/limits.ts'
import type { ServiceKind } from '../multicluster/services-content.ts'
import type { ServiceLimits } from '../multicluster/size-estimate.ts'
import { compileLocalNamespace, compileLocalService, type LocalZoneOptions } from './compile.ts'
import { limitLocalService } from './limits.ts'

/** The Services of the cluster in a store, compiled for one zone. */
export function clusterServices(
  store: StoreReader,
  options: LocalZoneOptions & { readonly limits: ServiceLimits },
): ServiceKind<LocalService> {
  const { limits, endpoints, zone } = options
  const limitOptions = { ...options, zoneLength: zone.length }
  return {
    keys: () => store.localServiceKeys(),
    changed: ({ localServices }) => localServices,
    read(key) {
      // Without endpoints the slices have no answers.
      const found = store.localService(key, endpoints ? readableBytes(limits) : 0)
      return endpoints || found === undefined ? found : { service: found.service, slices: [] }
    },
    limit: (view, bytes) => limitLocalService(view, limitOptions, bytes),
    compile: (view) => compileLocalService(view, options),
    compileNamespace: (name) => compileLocalNamespace(name, options),
  }
}
