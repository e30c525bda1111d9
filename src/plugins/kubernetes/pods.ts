// Names of Pods: 10-1-2-3.<ns>.pod (coredns plugin/kubernetes findPods). With `pods verified` they are compiled; with
// `pods insecure` an answer is made of the name itself.
import { addressBytes } from '../../dns/address.ts'
import { NAME_MAX_SIZE, TYPE_A, TYPE_AAAA } from '../../dns/codes.ts'
import { relativeName } from '../../dns/name.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { A_RR_SIZE, AAAA_RR_SIZE, QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'

/** Names of Pods: none, each address as it is written in the name, or only addresses of Pods that exist. */
export type PodMode = 'disabled' | 'insecure' | 'verified'

const records = new RecordWriter()

/**
 * Returns the name of the Pods with this address; none when it is too long. An IPv6 address has one name: that of its
 * text, which is canonical in the status of a Pod.
 */
export function compilePod(
  namespace: string,
  ip: string,
  { zone, ttl }: { readonly zone: Uint8Array; readonly ttl: number },
): CompiledName[] {
  const bytes = addressBytes(ip)
  const name = relativeName(ip.replaceAll(/[.:]/g, '-'), namespace, 'pod')
  if (bytes === undefined || name === undefined) return []
  if (name.length + zone.length > NAME_MAX_SIZE) return []
  records.address(QNAME_OFFSET, ttl, bytes)
  const [type, rrSize] = bytes.length === 4 ? [TYPE_A, A_RR_SIZE] : [TYPE_AAAA, AAAA_RR_SIZE]
  const answer = { type, bytes: records.take(), answers: 1, additionals: 0, rrSize }
  return [{ name, answers: [answer] }]
}
