// What `verify` is asked to do.
import type { DnsServer } from '../explain/explain-flags.ts'
import type { VerifyCluster } from './verify-cluster.ts'

/** What is verified. */
export interface Verification {
  readonly exporter: VerifyCluster
  readonly importer: VerifyCluster
  readonly namespace: string
  /** The present time, and that when the run has ended for certain, in milliseconds since 1970. */
  readonly now: number
  readonly until: number
  /** The image of the Pods; undefined without Pods. */
  readonly image: string | undefined
  /** Seconds for the client to resolve the name, and again to connect. */
  readonly clientSeconds: number
  readonly dns: DnsServer | undefined
  readonly clusterDns: DnsServer | undefined
}
