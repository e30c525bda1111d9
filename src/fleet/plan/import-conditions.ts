// The condition `Ready` of a ServiceImport. KEP-1645 defines three reasons; ours are more specific than `Pending`.
// Of several problems, the condition reports the first in the order in which a user would fix them.
import type { DesiredCondition } from '../api/conditions.ts'
import { amcsName, type ImportReadyReason } from '../api/names.ts'
import type { ImportView } from '../api/types.ts'
import type { MergedService } from '../merge/merge-exports.ts'
import { leftOutRemarks } from './endpoint-filter.ts'
import type { ImportAddresses } from './import-addresses.ts'
import type { ImportPorts } from './import-ports.ts'
import {
  type Refusals,
  refusalRemarks,
  refusedImport,
  refusedService,
  refusedSlices,
} from './refusals.ts'
import type { ServiceChange } from './service-diff.ts'
import type { ExpiryAction } from './source-expiry.ts'

/** The results of a reconcile that the conditions of an import report. */
export interface ImportOutcome {
  readonly serviceImport: ImportView
  /** Undefined if no cluster exports the Service. */
  readonly merged: MergedService | undefined
  readonly ports: ImportPorts
  readonly change: ServiceChange
  readonly addresses: ImportAddresses
  /** What the API server refused, for example the derived Service because its IP range is exhausted. */
  readonly refusals: Refusals
  /** By id of each expired source cluster: whether its endpoints are kept or dropped. */
  readonly expiryActions: ReadonlyMap<string, ExpiryAction>
  /** True while this leader does not know the state of a source cluster that had expired. */
  readonly hasUnknownSource: boolean
  /** Ids of the source clusters whose endpoints the API server refuses all. */
  readonly emptied: readonly string[]
  /** What exceeds the limits of an export, as sentences. */
  readonly overLimit: readonly string[]
  /** Which endpoints are left out, because their addresses are in this cluster's own network. */
  readonly leftOut: readonly string[]
}

/** Maximum number of ports that a message lists. */
const MAX_PORTS_SHOWN = 5

/** True if the import's type differs from the type of the exports; such an import gets no endpoints. */
export function isTypeMismatch(
  { type }: Pick<ImportView, 'type'>,
  merged: Pick<MergedService, 'type'> | undefined,
): boolean {
  return merged !== undefined && merged.type !== type
}

/**
 * The condition `Ready` of an import. Its message ends with what is over the limits, what the API server refuses and which
 * endpoints are left out.
 */
export function readyCondition(outcome: ImportOutcome): DesiredCondition {
  const condition = stateOf(outcome)
  const remarks = [...refusalRemarks(outcome.refusals), ...leftOutRemarks(outcome.leftOut)]
  const texts = [condition.message, ...outcome.overLimit, ...remarks]
  return { ...condition, message: texts.join(' ') }
}

function stateOf(outcome: ImportOutcome): DesiredCondition {
  const { serviceImport, merged, ports, change, addresses, refusals } = outcome
  const { name, type } = serviceImport
  if (change.action === 'wait' && change.reason === 'InvalidName') {
    return notReady(
      'InvalidName',
      'The name is not a valid Service name, so no Service can be exported under it.',
    )
  }
  if (change.action === 'conflict') {
    return notReady(
      'NameConflict',
      `The Service "${amcsName(name)}" already exists and is not managed by clusterset-dns.`,
    )
  }
  const failure = refusedService(refusals)
  if (failure !== undefined) return notReady('ServiceFailed', failure)
  const slices = refusedSlices(refusals)
  if (slices !== undefined) return notReady('EndpointsRefused', slices)
  const { emptied } = outcome
  if (emptied.length > 0) {
    return notReady('EndpointsRefused', `No endpoint is left of cluster ${emptied.join(', ')}.`)
  }
  if (merged === undefined) return notReady('Pending', 'No cluster exports a Service of this name.')
  if (isTypeMismatch(serviceImport, merged)) {
    return notReady(
      'TypeMismatch',
      `The type is "${type}", but the exports have the type "${merged.type}" from the oldest service export in ` +
        `"${merged.oldest}".`,
    )
  }
  if (!addresses.supported) {
    return notReady(
      'IPFamilyNotSupported',
      'The exports, the import and this cluster have no IP family in common.',
    )
  }
  if (ports.match === 'none') return notReady('PortMismatch', unservedMessage(ports))
  if (type === 'ClusterSetIP' && addresses.ips.length === 0) {
    return notReady('Pending', `The Service "${amcsName(name)}" has no address yet.`)
  }
  if (addresses.changed && refusedImport(refusals) !== undefined) {
    return notReady('Pending', 'The addresses of the Service cannot be published.')
  }
  if (ports.match === 'some') return ready('PortMismatch', unservedMessage(ports))
  return ready('Ready', 'The service has been imported.')
}

/** The condition `Ready` of an import that was created while `sources` (cluster ids) are unreachable. */
export function unreachableCondition(sources: Iterable<string>): DesiredCondition {
  const list = [...sources].sort().join(', ')
  const message = `Clusters that may export the Service are unreachable: ${list}.`
  return { type: 'Ready', status: 'Unknown', reason: 'Pending', message }
}

function unservedMessage({ unserved }: ImportPorts): string {
  const shown = unserved.slice(0, MAX_PORTS_SHOWN).join(', ')
  const more =
    unserved.length > MAX_PORTS_SHOWN ? ` and ${unserved.length - MAX_PORTS_SHOWN} more` : ''
  return `No cluster exports a port with this name, protocol and number: ${shown}${more}.`
}

function notReady(reason: ImportReadyReason, message: string): DesiredCondition {
  return { type: 'Ready', status: 'False', reason, message }
}

function ready(reason: ImportReadyReason, message: string): DesiredCondition {
  return { type: 'Ready', status: 'True', reason, message }
}
