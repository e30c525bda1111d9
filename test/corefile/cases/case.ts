// One Corefile with the result of CoreDNS 1.14.7. Unit tests compare our loader with it; the end-to-end test
// (test/e2e/corefile-oracle.test.ts) compares it with the real CoreDNS.
export interface Case {
  /** The rule that the case tests. */
  readonly name: string
  readonly corefile: string
  /** Other files, by path relative to the Corefile. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** The error message of CoreDNS and of our loader, with "/DIR" for the folder of the Corefile. */
  readonly error?: string
  /** Our error message for a feature that only CoreDNS supports. */
  readonly unsupported?: string
  /** The zone lines of CoreDNS; omitted where they are long or depend on the machine. */
  readonly zones?: readonly string[]
  readonly warnings?: readonly string[]
}
