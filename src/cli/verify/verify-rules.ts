// What the raw objects of each step show: that it waits, holds or is broken. Pure.
import { amcsName, MCS_SOURCE_CLUSTER_LABEL } from '../../fleet/api/names.ts'
import { isOurService } from '../../fleet/api/ownership.ts'
import { isReady } from '../../fleet/api/served.ts'
import { nestedObject, objectsOf, stringOf } from '../../fleet/api/unstructured.ts'
import { conditionsOf } from '../../fleet/explain/source-links.ts'
import { sentence } from '../../fleet/explain/texts.ts'
import {
  exportRecord,
  importRecord,
  serviceRecord,
  sliceRecord,
} from '../../fleet/member/convert.ts'
import { endpointFacts } from '../explain/pods.ts'
import { type ClientReport, readReport, type Timed } from './pod-scripts.ts'
import { done, type Progress, waiting } from './step.ts'
import { SERVICE } from './verify-objects.ts'

/** The endpoints of the Service in its own cluster, by its EndpointSlices and Pods. */
export function endpointsProgress(slices: readonly unknown[], pods: readonly unknown[]): Progress {
  const all = endpointFacts(slices, pods)
  const ready = all.filter((one) => one.ready && one.address !== '')
  if (ready.length > 0) return done(`${ready.map(({ address }) => address).join(', ')} is ready.`)
  const [first] = all
  if (first === undefined) return waiting('The Service has no endpoints.', 'failed')
  return podWaits(`The Pod ${first.pod} is not ready`, first.why)
}

/** The export, by its conditions `Valid` and `Ready`. */
export function exportProgress(raw: unknown): Progress {
  const { Valid, Ready } = conditionsOf(exportRecord(raw, '').conditions)
  if (Valid === undefined) {
    return waiting('The fleet has not looked at the ServiceExport: it has no condition Valid.')
  }
  const refused = [Valid, Ready].find((one) => one?.status === 'False')
  if (refused !== undefined) return { state: 'broken', text: sentence(refused.message) }
  if (Valid.status !== 'True') return waiting(sentence(Valid.message))
  return done(sentence(Valid.message))
}

/** The import, which holds as soon as it has addresses. */
export function importProgress(raw: unknown): Progress {
  const { ips, conditions } = importRecord(raw)
  const { Ready } = conditionsOf(conditions)
  if (Ready?.status === 'False' && Ready.reason !== 'Pending') {
    return { state: 'broken', text: sentence(`${Ready.reason}: ${Ready.message}`) }
  }
  if (ips.length > 0) return done(`The import has ${ips.join(' and ')}.`)
  if (Ready !== undefined) return waiting(sentence(`${Ready.reason}: ${Ready.message}`))
  return waiting('The fleet has not looked at the import: it has no condition Ready.')
}

/** The `amcs-` Service, which has the addresses of the import. `raw` is undefined while it does not exist. */
export function addressProgress(raw: unknown, ips: readonly string[]): Progress {
  const name = amcsName(SERVICE)
  if (raw === undefined) return waiting(`There is no Service ${name}.`)
  const service = serviceRecord(raw)
  if (!isOurService(service, SERVICE)) {
    return { state: 'broken', text: `The Service ${name} belongs to somebody else.` }
  }
  const { clusterIPs } = service
  const shown = clusterIPs.join(' and ') || 'no address'
  if (ips.length > 0 && ips.every((ip) => clusterIPs.includes(ip))) {
    return done(`${name} has ${shown}, as the import.`)
  }
  return waiting(`${name} has ${shown}, but the import ${ips.join(' and ') || 'none'}.`)
}

/** The imported EndpointSlices, which have to have the ready addresses of the exporter. */
export function slicesProgress(
  imported: readonly unknown[],
  addresses: readonly string[],
): Progress {
  const slices = imported.map(sliceRecord)
  const endpoints = slices.flatMap((slice) => slice.endpoints.filter(isReady))
  const found = endpoints.flatMap((one) => one.addresses)
  const missing = addresses.filter((one) => !found.includes(one))
  if (found.length === 0) return waiting('No ready endpoint was imported.')
  if (missing.length > 0) {
    return waiting(`${found.join(', ')} was imported, but not ${missing.join(', ')}.`)
  }
  const source = slices[0]?.labels[MCS_SOURCE_CLUSTER_LABEL] ?? ''
  return done(`${found.join(', ')} of the cluster ${source} was imported.`)
}

/** The addresses in the raw EndpointSlices whose endpoints are ready. */
export function readyAddresses(
  slices: readonly unknown[],
  pods: readonly unknown[],
): readonly string[] {
  return endpointFacts(slices, pods).flatMap((one) => (one.ready ? [one.address] : []))
}

/** The client's Pod, which is done when it has ended with a report. */
export function clientProgress(raw: unknown): Progress & { readonly report?: ClientReport } {
  const status = nestedObject(raw, 'status')
  const [container] = objectsOf(status.containerStatuses)
  const ended = nestedObject(container, 'state', 'terminated')
  const report = readReport(stringOf(ended.message))
  if (report !== undefined) return { ...done('The Pod client has run.'), report }
  if (status.phase === 'Succeeded' || status.phase === 'Failed') {
    const why = [ended.reason, ended.message].map(stringOf).filter((one) => one !== '')
    const text = `The Pod client ended without a report: ${why.join(', ') || 'no reason is given'}`
    return { state: 'failed', text: sentence(text) }
  }
  const [fact] = endpointFacts([], [raw])
  return podWaits('The Pod client has not run', fact?.why ?? '')
}

/** A Pod that does not run is no fault of the fleet. */
function podWaits(text: string, why: string): Progress {
  const cure = /ImagePull|InvalidImageName/.test(why) ? ' --image names another image.' : ''
  return waiting(`${sentence(why === '' ? text : `${text}: ${why}`)}${cure}`, 'failed')
}

/** How the client resolved the name. */
export function resolvedProgress({ values, error }: Timed, ips: readonly string[]): Progress {
  if (values.length === 0) {
    return { state: 'broken', text: sentence(`The Pod client cannot resolve the name: ${error}`) }
  }
  const wrong = values.filter((one) => !ips.includes(one))
  const shown = `The Pod client resolves the name to ${values.join(' and ')}`
  if (wrong.length === 0) return done(`${shown}.`)
  return { state: 'broken', text: `${shown}, instead of ${ips.join(' and ')}.` }
}

/** Whether the server answered the client. */
export function connectedProgress({ values, error }: Timed): Progress {
  if (values.length > 0) return done(`The server answers at ${values.join(' and ')}.`)
  return { state: 'broken', text: sentence(`The Pod client cannot connect: ${error}`) }
}
