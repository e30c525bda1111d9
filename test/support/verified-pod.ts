// Whether a Pod is in the table of a zone with `pods verified`, as a packet thread looks it up.
import { addressBytes } from '../../src/dns/address.ts'
import { relativeName } from '../../src/dns/name.ts'
import { VerifiedPods } from '../../src/plugins/kubernetes/verified-pods.ts'
import type { TableReader } from '../../src/zone/table-reader.ts'

const pods = new VerifiedPods()

/** True if a Pod of the namespace has the address. */
export function hasVerifiedPod(table: TableReader, namespace: string, ip: string): boolean {
  const bytes = addressBytes(ip)!
  const words = new Int32Array(bytes.buffer)
  return pods.has(table, relativeName(namespace)!, 0, words, bytes.length)
}
