// ExternalName Services: a CNAME record. The answerer follows it for questions for addresses.
import { addressBytes } from '../../dns/address.ts'
import { NAME_MAX_SIZE, TYPE_CNAME } from '../../dns/codes.ts'
import { nameToWire } from '../../dns/name.ts'
import type { ClusterService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'

const records = new RecordWriter()

/** Returns the name of the Service with its CNAME record; none for a target that is no domain name. */
export function compileExternalName(
  service: Uint8Array,
  externalName: string,
  { zone, ttl }: { readonly zone: Uint8Array; readonly ttl: number },
): CompiledName[] {
  const target = targetOf(externalName)
  if (target === undefined || service.length + zone.length > NAME_MAX_SIZE) return []
  records.record(QNAME_OFFSET, TYPE_CNAME, ttl, target)
  const answer = { type: TYPE_CNAME, answers: 1, additionals: 0, rrSize: 0 }
  return [{ name: service, answers: [{ ...answer, bytes: records.take() }] }]
}

/**
 * Why the Service has no answers because of its `externalName`, for a warning; undefined when it has answers. An address
 * is a frequent mistake: a CNAME record cannot hold it (coredns plugin/kubernetes findServices, HostType).
 */
export function externalNameProblem({ kind, externalName }: ClusterService): string | undefined {
  if (kind !== 'ExternalName' || targetOf(externalName) !== undefined) return undefined
  const what = isAddress(externalName) ? 'an IP address' : 'not a domain name'
  return `externalName is ${what}; the service has no DNS records`
}

function targetOf(externalName: string): Uint8Array | undefined {
  if (externalName === '' || isAddress(externalName)) return undefined
  return nameToWire(externalName.toLowerCase())
}

function isAddress(text: string): boolean {
  return addressBytes(text) !== undefined
}
