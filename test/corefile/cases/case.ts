// One Corefile and what CoreDNS 1.14.7 makes of it. The unit tests hold our loader to it; the end-to-end test
// (test/e2e/corefile-oracle.test.ts) holds the table itself to the real CoreDNS.
export interface Case {
  /** The rule that the case shows. */
  readonly name: string
  readonly corefile: string
  /** Other files next to the Corefile. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** CoreDNS' message, which is ours too. The folder of the Corefile is shown as "/DIR". */
  readonly error?: string
  /** Our message where CoreDNS starts. */
  readonly unsupported?: string
  /** What is served, as CoreDNS lists it; left out where it is long or depends on the machine. */
  readonly zones?: readonly string[]
  readonly warnings?: readonly string[]
}
