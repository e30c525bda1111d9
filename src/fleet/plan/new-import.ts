// A new import of mode auto. Its Service comes first, so that the import comes into being with its addresses: an import
// without addresses is a negative DNS answer, which a resolver keeps. The Service gets its owner reference once the
// import has a uid. If the import never comes, the next reconcile without exports removes the Service.
import { DERIVED_SERVICE_ANNOTATION } from '../api/names.ts'
import { isOurService } from '../api/ownership.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import type { ImportView } from '../api/types.ts'
import type { Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import type { DesiredImport } from './auto-import.ts'
import { type DesiredService, desiredService } from './derived-service.ts'
import { type ImportAddresses, importAddresses } from './import-addresses.ts'
import { importPorts } from './import-ports.ts'
import type { Plan, PlanOptions } from './plan.ts'
import { refusedService } from './refusals.ts'
import { serviceChange } from './service-diff.ts'
import { serviceWrites } from './service-writes.ts'
import { withoutRefusedFields } from './without-refused.ts'
import { importBody } from './write-bodies.ts'

/**
 * Plans the import `wanted`: its Service if that is missing or of another kind, else the import with `spec.ips` and
 * `spec.ipFamilies`. When there can be no Service, the import comes without addresses, and its status tells why.
 */
export function planNewImport(
  { namespace, name, merged, exports }: AggregatedService,
  { derived }: Pick<ServiceSnapshot, 'derived'>,
  wanted: DesiredImport,
  options: PlanOptions,
): Plan {
  const { refusals, pruned, ipLimit } = options
  const future = futureImport(namespace, name, wanted)
  const { ports } = importPorts(wanted, merged, exports)
  const service = withoutRefusedFields(desiredService(future, ports, merged, derived), refusals)
  const change = serviceChange(future, withoutImportOwner(service), derived)
  const isCreated = change.action === 'create' || change.action === 'recreate'
  const ours =
    !isCreated && derived && isOurService(derived, name) && !derived.deleting ? derived : undefined
  const isRefused = refusedService(refusals) !== undefined
  const addresses = isRefused
    ? undefined
    : importAddresses(future, merged?.ipFamilies, ours, ipLimit)
  const create: Write = {
    action: 'create',
    resource: 'serviceimports',
    namespace,
    name,
    body: importBody(
      namespace,
      name,
      withServiceName(wanted, ours?.name),
      supportedAddresses(addresses, pruned),
    ),
  }
  if (!isCreated) return { steps: [[create]], warnings: [] }
  const creation = serviceWrites(change, pruned)
  // A refused Service is tried again, and the import can report it.
  if (isRefused) return { steps: [[create], creation], warnings: [] }
  const announced = creation.map((write) =>
    write.action === 'create' ? { ...write, next: create } : write,
  )
  return { steps: [announced], warnings: [] }
}

/** Names the Service in the annotation `derived-service`; `service` is undefined while there is none. */
function withServiceName(wanted: DesiredImport, service: string | undefined): DesiredImport {
  if (service === undefined) return wanted
  const annotations = { ...wanted.annotations, [DERIVED_SERVICE_ANNOTATION]: service }
  return { ...wanted, annotations }
}

/** Without the reference to the import, which has no uid yet. */
function withoutImportOwner(service: DesiredService): DesiredService {
  const ownerReferences = service.ownerReferences.filter(({ uid }) => uid !== '')
  return { ...service, ownerReferences }
}

function supportedAddresses(
  addresses: ImportAddresses | undefined,
  pruned: PlanOptions['pruned'],
): Partial<Pick<ImportAddresses, 'ips' | 'ipFamilies'>> {
  if (addresses === undefined) return {}
  const { ips, ipFamilies } = addresses
  return {
    ...(ips.length === 0 ? {} : { ips }),
    ...(ipFamilies.length === 0 || pruned.has('serviceimports spec.ipFamilies')
      ? {}
      : { ipFamilies }),
  }
}

/** The import as it will be: without uid, addresses and status. */
function futureImport(namespace: string, name: string, wanted: DesiredImport): ImportView {
  return {
    ...wanted,
    namespace,
    name,
    apiVersion: '',
    uid: '',
    resourceVersion: '',
    generation: 0,
    ips: [],
    ownIps: false,
    ipFamilies: [],
    ownFamilies: false,
    clusters: [],
    conditions: [],
  }
}
