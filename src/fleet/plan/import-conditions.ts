// What the user of a ServiceImport is told: the condition `Ready`. KEP-1645 has three reasons for it; the
// others say what is wrong where `Pending` would leave a person guessing. The first thing that stands in the
// way is named, in the order in which one would repair them.
import type { DesiredCondition } from '../api/conditions.ts'
import { amcsName, type ImportReadyReason } from '../api/names.ts'
import type { ImportView } from '../api/types.ts'
import type { MergedService } from '../merge/merge-exports.ts'
import type { ImportAddresses } from './import-addresses.ts'
import type { ImportPorts } from './import-ports.ts'
import type { ServiceChange } from './service-diff.ts'
import type { ExpiryAction } from './source-expiry.ts'

export interface ImportOutcome {
  readonly serviceImport: ImportView
  /** Undefined: nothing is exported under the name. */
  readonly merged: MergedService | undefined
  readonly ports: ImportPorts
  readonly change: ServiceChange
  readonly addresses: ImportAddresses
  /** Why the API server refused the Service, for example that its range of addresses is exhausted. */
  readonly failure: string | undefined
  /** What became of the endpoints of sources that have expired. */
  readonly expiryActions: ReadonlyMap<string, ExpiryAction>
  /** True while it is not known whether a source that had expired is back. */
  readonly hasUnknownSource: boolean
}

/** Ports that a message names at most. */
const MAX_PORTS_SHOWN = 5

/** True when the import's type is not that of the exports: no endpoints go into it. */
export function isTypeMismatch(
  { type }: Pick<ImportView, 'type'>,
  merged: Pick<MergedService, 'type'> | undefined,
): boolean {
  return merged !== undefined && merged.type !== type
}

/** The condition `Ready` of an import. */
export function readyCondition(outcome: ImportOutcome): DesiredCondition {
  const { serviceImport, merged, ports, change, addresses, failure } = outcome
  const { name, type } = serviceImport
  if (change.action === 'wait' && change.reason === 'InvalidName') {
    return notReady(
      'InvalidName',
      'No Service can have this name, so none can be exported under it.',
    )
  }
  if (change.action === 'conflict') {
    return notReady(
      'NameConflict',
      `A Service "${amcsName(name)}" exists that the fleet did not make.`,
    )
  }
  if (failure !== undefined) return notReady('ServiceFailed', failure)
  if (merged === undefined) return notReady('Pending', 'No cluster exports a Service of this name.')
  if (isTypeMismatch(serviceImport, merged)) {
    return notReady(
      'TypeMismatch',
      `The type is "${type}", that of the exports is "${merged.type}" by the oldest service export ` +
        `in "${merged.oldest}".`,
    )
  }
  if (!addresses.supported) {
    return notReady(
      'IPFamilyNotSupported',
      'No IP family is one that the exports serve, the import wants and this cluster has.',
    )
  }
  if (ports.match === 'none') return notReady('PortMismatch', unservedMessage(ports))
  if (type === 'ClusterSetIP' && addresses.ips.length === 0) {
    return notReady('Pending', `The Service "${amcsName(name)}" has no address yet.`)
  }
  if (ports.match === 'some') return ready('PortMismatch', unservedMessage(ports))
  return ready('Ready', 'The service has been imported.')
}

/** The condition `Ready` of an import that came while `sources` are not heard. */
export function unreachableCondition(sources: Iterable<string>): DesiredCondition {
  const list = [...sources].sort().join(', ')
  const message = `Clusters that may export the service cannot be heard: ${list}.`
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
