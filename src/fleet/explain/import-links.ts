// The links in a cluster that imports the service: its namespace, its ServiceImport, the ports, the `amcs-` Service.
import { AUTO_IMPORT_LABEL, amcsName } from '../api/names.ts'
import { isOurService } from '../api/ownership.ts'
import type { ImportRecord } from '../api/records.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { isTypeMismatch } from '../plan/import-conditions.ts'
import { importPorts } from '../plan/import-ports.ts'
import { applyMcs, fleetLogs, inNamespace, patchImport } from './commands.ts'
import type { ClusterFacts, ObjectFacts } from './facts.ts'
import { broken, failed, holds, type Link, warning } from './link.ts'
import { sliceLinks } from './slice-links.ts'
import { conditionsOf } from './source-links.ts'
import { frozenText, type Sources } from './sources.ts'
import { listed } from './texts.ts'

type Facts = Pick<ObjectFacts, 'namespace' | 'name' | 'hub' | 'importMode' | 'now' | 'clusters'>

/** The links of one importing cluster that was reached. */
export function importLinks(
  cluster: ClusterFacts,
  aggregated: AggregatedService,
  facts: Facts,
  sources: Pick<Sources, 'unknown'>,
): readonly Link[] {
  const { snapshot, name, kubectl, unread } = cluster
  if (!unread.has('namespaces') && snapshot.namespace === undefined) {
    const text = `${name} has no namespace ${facts.namespace}, so it imports nothing into it.`
    const command = `${kubectl} create namespace ${facts.namespace}`
    return [broken({ id: 'namespace', at: name }, text, command)]
  }
  const frozen = frozenText(sources)
  const namespace = unread.has('namespaces')
    ? []
    : [holds({ id: 'namespace', at: name }, 'The namespace exists.')]
  const found = snapshot.import
  if (found === undefined || found.deleting) {
    const isUnread = unread.has('serviceimports')
    return isUnread ? namespace : [...namespace, noImport(cluster, aggregated, facts, frozen)]
  }
  return [
    ...namespace,
    importLink(cluster, found, aggregated, facts, frozen),
    portLink(cluster, found, aggregated, facts, frozen),
    ...(unread.has('services') ? [] : [derivedLink(cluster, found, facts)]),
    ...sliceLinks(cluster, found, aggregated, facts, frozen !== undefined),
    readyLink(cluster, found, facts),
  ]
}

/** The import mode in the namespace of a cluster; undefined when it is not known. */
export function modeIn(
  { snapshot, unread }: ClusterFacts,
  { importMode }: Pick<Facts, 'importMode'>,
) {
  // A namespace may have a mode of its own.
  return unread.has('namespaces') ? undefined : (snapshot.namespace?.mode ?? importMode)
}

function noImport(
  cluster: ClusterFacts,
  { merged }: AggregatedService,
  facts: Facts,
  frozen: string | undefined,
): Link {
  const at = { id: 'import', at: cluster.name } as const
  if (!cluster.policy.importsInto(facts.namespace)) return deniedImport(cluster, facts)
  const mode = modeIn(cluster, facts)
  const start = `${cluster.name} has no ServiceImport ${facts.namespace}/${facts.name}`
  if (cluster.unread.has('namespaces')) {
    const text = `${start}; the import mode of its namespace is not known.`
    return failed(at, text, `${cluster.kubectl} get namespace ${facts.namespace} -o yaml`)
  }
  // Neither its type is known, nor whether the fleet creates it.
  if (merged === undefined || (mode === 'auto' && frozen !== undefined)) {
    const text = `${start}; not all exports are known.`
    return failed(at, text, fleetLogs(facts))
  }
  if (mode === 'auto') {
    const text = `${start}; the fleet creates it in import mode auto, and has not.`
    return broken(at, text, fleetLogs(facts))
  }
  const known = mode === undefined ? 'unless the import mode is auto' : 'in import mode manual'
  const text = `${start}; users create it, ${known}.`
  const spec = { type: merged.type, ports: [] }
  return broken(at, text, applyMcs(cluster, 'ServiceImport', facts, spec))
}

function deniedImport({ name }: ClusterFacts, { namespace }: Facts): Link {
  const text = `The policy of the fleet admits no imports into the namespace ${namespace} of ${name}.`
  return broken({ id: 'import', at: name }, text, 'clusterset-dns fleet check --config FILE')
}

function importLink(
  cluster: ClusterFacts,
  found: ImportRecord,
  { merged }: AggregatedService,
  facts: Facts,
  frozen: string | undefined,
): Link {
  const at = { id: 'import', at: cluster.name } as const
  if (!cluster.policy.importsInto(facts.namespace)) return deniedImport(cluster, facts)
  if (frozen === undefined && merged !== undefined && isTypeMismatch(found, merged)) {
    const text = `The import has the type ${found.type}, but the exports have ${merged.type}, from the oldest one in ${merged.oldest}.`
    return broken(at, text, patchImport(cluster, facts, { spec: { type: merged.type } }))
  }
  const by = Object.hasOwn(found.labels, AUTO_IMPORT_LABEL)
    ? 'created by the fleet'
    : 'created by a user'
  const mode = modeIn(cluster, facts)
  return holds(at, `${found.type}, ${by}${mode === undefined ? '' : `; import mode ${mode}`}.`)
}

function portLink(
  cluster: ClusterFacts,
  found: ImportRecord,
  aggregated: AggregatedService,
  facts: Facts,
  frozen: string | undefined,
): Link {
  const at = { id: 'ports', at: cluster.name } as const
  const { merged, exports } = aggregated
  if (frozen !== undefined) return warning(at, `The ports are not compared: ${frozen}`)
  if (merged === undefined) return holds(at, 'No export has ports to compare.')
  const { match, unserved } = importPorts(found, merged, exports)
  if (match === 'all') return holds(at, 'The exports have all ports of the import.')
  const text = `No cluster exports these ports of the import: ${listed(unserved)}.`
  if (match === 'some') return warning(at, text)
  const ports = merged.ports.map(({ name, protocol, port }) => ({
    ...(name === '' ? {} : { name }),
    protocol,
    port,
  }))
  return broken(at, text, patchImport(cluster, facts, { spec: { ports } }))
}

function derivedLink(cluster: ClusterFacts, found: ImportRecord, facts: Facts): Link {
  const at = { id: 'amcs-service', at: cluster.name } as const
  const { derived } = cluster.snapshot
  const wanted = amcsName(facts.name)
  if (derived === undefined) {
    const text = `${cluster.name} has no Service ${wanted}, which the fleet creates.`
    return broken(at, text, fleetLogs(facts))
  }
  if (!isOurService(derived, facts.name)) {
    const text = `NameConflict: the Service ${wanted} in ${cluster.name} belongs to somebody else, so the import gets no address.`
    return broken(at, text, inNamespace(cluster, facts.namespace, `get service ${wanted} -o yaml`))
  }
  if (found.type === 'Headless') return holds(at, `${wanted}, headless.`)
  const addresses = derived.clusterIPs
  if (addresses.length === 0 || found.ips.length === 0) {
    const text =
      addresses.length === 0
        ? `The Service ${wanted} has no address yet.`
        : `The import has no address, but ${wanted} has ${addresses.join(' and ')}.`
    return broken(at, text, fleetLogs(facts))
  }
  const isSame = found.ips.every((ip) => addresses.includes(ip))
  const text = `${wanted} has ${addresses.join(' and ')}`
  if (isSame) return holds(at, `${text}, as the import.`)
  return broken(at, `${text}, but the import ${found.ips.join(' and ')}.`, fleetLogs(facts))
}

/** The fleet's own word, which tells what nothing before it did. */
function readyLink(cluster: ClusterFacts, found: ImportRecord, facts: Facts): Link {
  const at = { id: 'ready', at: cluster.name } as const
  const { Ready } = conditionsOf(found.conditions)
  if (Ready === undefined) {
    const text = 'The fleet has not looked at the import: it has no condition Ready.'
    return broken(at, text, fleetLogs(facts))
  }
  const text = `${Ready.reason}: ${Ready.message}`
  return Ready.status === 'True' ? holds(at, text) : broken(at, text, fleetLogs(facts))
}
