// The links in a cluster that exports the service: its ServiceExport, its Service, its endpoints, and what the fleet says.
import type { Condition } from '../api/conditions.ts'
import type { ExportRecord, ServiceRecord } from '../api/records.ts'
import { exportRefusal } from '../merge/export-refusal.ts'
import { exportValidity } from '../merge/export-validity.ts'
import { applyMcs, fleetLogs, inNamespace, shellWord } from './commands.ts'
import type { ClusterFacts, ObjectFacts } from './facts.ts'
import { broken, failed, holds, type Link, warning } from './link.ts'
import { isKnown } from './sources.ts'
import { listed } from './texts.ts'

type Named = Pick<ObjectFacts, 'namespace' | 'name' | 'hub'>

/**
 * The link of a service of which no export was found; `readable` are the clusters that were reached. It is broken only when
 * all clusters were looked at: the command would export from a cluster.
 */
export function noExport(
  service: Pick<ObjectFacts, 'namespace' | 'name' | 'clusters'>,
  readable: readonly ClusterFacts[],
): Link {
  const [other, ...more] = service.clusters.filter((one) => !isKnown(one))
  if (other !== undefined) {
    const names = listed([other, ...more].map(({ name }) => name))
    const text = `No cluster that was looked at has a ServiceExport ${service.namespace}/${service.name}: the ServiceExports of ${names} are not known.`
    const command = inNamespace(other, service.namespace, `get serviceexport ${service.name}`)
    return failed({ id: 'export', at: other.name }, text, command)
  }
  const source = readable.find(({ snapshot }) => snapshot.service !== undefined) ?? readable[0]!
  const at = { id: 'export', at: source.name } as const
  const start = `No cluster has a ServiceExport ${service.namespace}/${service.name}`
  const isService = ({ snapshot, unread }: ClusterFacts) =>
    snapshot.service !== undefined || unread.has('services')
  if (!readable.some(isService)) {
    // An export of nothing would mend nothing: the name may be mistyped.
    const text = `${start}, nor a Service of this name.`
    return broken(at, text, inNamespace(source, service.namespace, 'get services'))
  }
  return broken(at, `${start}.`, applyMcs(source, 'ServiceExport', service))
}

/** The links of one exporting cluster. */
export function sourceLinks(cluster: ClusterFacts, service: Named): readonly Link[] {
  const { snapshot, name, unread } = cluster
  const found = snapshot.export!
  const exported = holds({ id: 'export', at: name }, `Exported since ${found.creationTimestamp}.`)
  if (snapshot.service === undefined) {
    return unread.has('services') ? [exported] : [exported, noService(cluster, service)]
  }
  return [
    exported,
    holds({ id: 'service', at: name }, serviceText(snapshot.service)),
    ...(unread.has('endpointslices') ? [] : [endpoints(cluster, snapshot.service, service)]),
    validity(cluster, found, service),
  ]
}

function noService(cluster: ClusterFacts, { namespace, name }: Named): Link {
  const text = `${cluster.name} exports ${namespace}/${name}, but has no Service of this name.`
  const words = `create service clusterip ${name} --tcp=PORT:TARGETPORT`
  return broken({ id: 'service', at: cluster.name }, text, inNamespace(cluster, namespace, words))
}

function serviceText({ type, headless, ports }: ServiceRecord): string {
  const shown = ports.map((one) => `${one.name || '(unnamed)'} ${one.port}/${one.protocol}`)
  return `${headless ? 'Headless' : type}, with the ports ${listed(shown) || '(none)'}.`
}

function endpoints(
  cluster: ClusterFacts,
  { publishNotReadyAddresses, ports, headless }: ServiceRecord,
  { namespace, name }: Named,
): Link {
  const at = { id: 'endpoints', at: cluster.name } as const
  const { endpoints: all, selector, snapshot } = cluster
  // A Pod without an address is in no EndpointSlice.
  const isServed = (one: ClusterFacts['endpoints'][number]) =>
    one.address !== '' && (one.ready || publishNotReadyAddresses)
  const ready = all.filter(isServed)
  const others = all.filter((one) => !isServed(one))
  const detail = listed(
    others.map(({ address, pod, why }) => `${pod || address}${why && `: ${why}`}`),
  )
  if (ready.length === 0) {
    const text =
      all.length === 0
        ? `The Service has no endpoints in ${cluster.name}${selector && `: no Pod matches ${selector}`}.`
        : `None of ${all.length} endpoints in ${cluster.name} is ready: ${detail}.`
    return broken(at, text, inNamespace(cluster, namespace, endpointWords(cluster, others, name)))
  }
  const names = new Set(ports.map((port) => port.name))
  const served = [...snapshot.slices].some((slice) =>
    slice.ports.some((port) => names.has(port.name)),
  )
  if (!served && !(headless && ports.length === 0)) {
    const text = `The endpoints in ${cluster.name} have none of the Service's ports: are its target ports those of the Pods?`
    return broken(at, text, inNamespace(cluster, namespace, `edit service ${name}`))
  }
  const text = `${ready.length} of ${all.length} endpoints are ready.`
  return others.length === 0 ? holds(at, text) : warning(at, `${text} Not ready: ${detail}.`)
}

function endpointWords(
  { selector }: ClusterFacts,
  others: ClusterFacts['endpoints'],
  service: string,
): string {
  const [first] = others.filter(({ pod }) => pod !== '')
  // The API server does not check the targetRef of an endpoint: its name may also look like an option.
  if (first !== undefined) return `describe ${shellWord(`pod/${first.pod}`)}`
  if (selector !== '') return `get pods --selector ${shellWord(selector)}`
  return `describe service ${service}`
}

function validity(cluster: ClusterFacts, found: ExportRecord, service: Named): Link {
  const at = { id: 'valid', at: cluster.name } as const
  const edit = inNamespace(cluster, service.namespace, `edit service ${service.name}`)
  const { valid, message } = exportValidity(cluster.snapshot.service)
  if (!valid) return broken(at, message, edit)
  const refusal = exportRefusal(service.namespace, cluster.policy, undefined)
  const policy = 'clusterset-dns fleet check --config FILE'
  if (refusal !== undefined) return broken(at, refusal.message, policy)
  const { Valid, Ready } = conditionsOf(found.conditions)
  if (Valid === undefined) {
    const text = `The fleet has not looked at the ServiceExport in ${cluster.name}: it has no condition Valid.`
    return broken(at, text, fleetLogs(service))
  }
  if (Valid.status !== 'True') return broken(at, Valid.message, fleetLogs(service))
  if (Ready?.status === 'False') return broken(at, Ready.message, policy)
  return holds(at, Valid.message)
}

/** The conditions by type. */
export function conditionsOf(
  conditions: readonly Condition[],
): Readonly<Record<string, Condition | undefined>> {
  return Object.fromEntries(conditions.map((one) => [one.type, one]))
}
