// Imported Services as the content of an answer table.
import type { ImportedService } from '../../sources/objects.ts'
import type { StoreReader } from '../../sources/source.ts'
import { compileNamespace, compileService, type ZoneOptions } from './compile.ts'
import { limitService, readableBytes } from './limits.ts'
import type { ServiceKind } from './services-content.ts'
import type { ServiceLimits } from './size-estimate.ts'

/** The imported Services of a store, compiled for one zone. */
export function importedServices(
  store: StoreReader,
  options: ZoneOptions & { readonly limits: ServiceLimits },
): ServiceKind<ImportedService> {
  const { zone, limits, endpoints } = options
  return {
    keys: () => store.serviceKeys(),
    changed: ({ services }) => services,
    read(key) {
      // Without endpoints the slices have no answers.
      const found = store.service(key, endpoints ? readableBytes(limits) : 0)
      return endpoints || found === undefined ? found : { ...found, slices: [], unread: 0 }
    },
    limit: (view, bytes) => {
      const headless = view.service.type === 'Headless'
      return limitService(view, { limits, zoneLength: zone.length, headless }, bytes)
    },
    compile: (view) => compileService(view, options),
    compileNamespace: (name) => compileNamespace(name, options),
  }
}
