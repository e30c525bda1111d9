// Converts Services and Pods of the cluster. The API server validates them, but objects of manifests come from anywhere.
import { isIP } from 'node:net'
import { ipv6Bytes, ipv6Text } from '../dns/address.ts'
import { asFields, isDnsLabel, isWrong, keyOf, show } from '../kube/fields.ts'
import type { Converted } from './convert.ts'
import { asList, lowered, readAddresses, readNamed, readPorts, SKIPPED_NAME } from './fields.ts'
import type { ClusterService, PodAddress } from './objects.ts'
import { ValidationProblems } from './validation.ts'

/** Converts a Service (coredns plugin/kubernetes object.ToService). */
export function serviceFromObject(raw: unknown): Converted<ClusterService> {
  const key = keyOf(raw)
  const problems = new ValidationProblems('Service', key)
  const skip = () => ({ key, object: undefined, problems: problems.list() })
  const named = readNamed(raw, problems)
  if (named === undefined) return skip()
  const { namespace, name, spec } = named
  if (spec.type === 'ExternalName') {
    const externalName = lowered(spec.externalName)
    if (externalName === undefined || externalName === '') {
      const text = `spec.externalName ${isWrong(spec.externalName, 'a domain name')}; it is skipped`
      problems.add('external_name', text)
      return skip()
    }
    const object: ClusterService = {
      namespace,
      name,
      kind: 'ExternalName',
      ips: [],
      ports: [],
      externalName,
    }
    return { key, object, problems: problems.list() }
  }
  const listed = asList(spec.clusterIPs, 'spec.clusterIPs', 'ips', problems)
  const all = listed.length > 0 ? listed : [spec.clusterIP ?? '']
  const isHeadless = all[0] === 'None'
  // A Service has no address until the API server has assigned one.
  const given = isHeadless ? [] : all.filter((ip) => ip !== '')
  const object: ClusterService = {
    namespace,
    name,
    kind: isHeadless ? 'Headless' : 'ClusterIP',
    ips: readAddresses(given, 0, 'spec.clusterIPs', 'ips', problems),
    ports: readPorts(spec.ports, 'spec.ports', false, problems),
    externalName: '',
  }
  return { key, object, problems: problems.list() }
}

/** What becomes of a stored Pod: it has this address, or none, or it stays as it is. */
export type PodChange = PodAddress | 'none' | 'unchanged'

/**
 * Converts a Pod: it is known by its first IP. A Pod that is being deleted stays as it is until it is gone (coredns
 * plugin/kubernetes object.ToPod).
 */
export function podFromObject(raw: unknown): Converted<PodChange> {
  const key = keyOf(raw)
  const problems = new ValidationProblems('Pod', key)
  const { namespace, deletionTimestamp } = asFields(asFields(raw)?.metadata) ?? {}
  if (key === '' || !isDnsLabel(namespace)) {
    problems.add('metadata', `namespace ${show(namespace)} ${SKIPPED_NAME}`)
    return { key, object: undefined, problems: problems.list() }
  }
  if (deletionTimestamp !== undefined && deletionTimestamp !== null) {
    return { key, object: 'unchanged', problems: [] }
  }
  const ip = asFields(asFields(raw)?.status)?.podIP ?? ''
  if (ip === '') return { key, object: 'none', problems: [] }
  if (typeof ip === 'string' && isIP(ip) !== 0 && !ip.includes('%')) {
    return { key, object: { namespace, ip: canonicalIp(ip) }, problems: [] }
  }
  problems.add('ips', `status.podIP is ${show(ip)}, not an IP address; it has no name`)
  return { key, object: undefined, problems: problems.list() }
}

/** The text of an address by which two spellings of it are equal (RFC 5952). */
function canonicalIp(ip: string): string {
  const bytes = ipv6Bytes(ip)
  return bytes === undefined ? ip : ipv6Text(bytes)
}
