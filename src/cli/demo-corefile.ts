// The Corefile of the demo: Corefile.example, which is the whole Corefile of a cluster, on loopback and other ports.

/** TCP and UDP ports of the demo. */
export interface DemoPorts {
  readonly dns: number
  readonly health: number
  readonly ready: number
  readonly metrics: number
}

/**
 * Changes the text of Corefile.example for a machine that is no cluster: it listens on 127.0.0.1 at `ports`, logs
 * queries, and stops at once. Without `hasNameservers` it forwards nothing. Throws Error if the text has other lines
 * than these changes need.
 */
export function demoCorefile(text: string, ports: DemoPorts, hasNameservers: boolean): string {
  const changes: readonly (readonly [before: RegExp, after: string])[] = [
    [/^\.:53 \{$/m, `.:${ports.dns} {\n    bind 127.0.0.1\n    log`],
    [/^ {4}health \{\n.*lameduck.*\n {4}\}$/m, `    health 127.0.0.1:${ports.health}`],
    [/^ {4}ready$/m, `    ready 127.0.0.1:${ports.ready}`],
    [/^ {4}prometheus :9153$/m, `    prometheus 127.0.0.1:${ports.metrics}`],
    ...(hasNameservers ? [] : WITHOUT_FORWARD),
  ]
  return changes.reduce((changed, [before, after]) => {
    if (!before.test(changed)) throw new Error(`Corefile.example has no line ${before}`)
    return changed.replace(before, after)
  }, text)
}

/** The directives for names that the clusters do not have. */
const WITHOUT_FORWARD = [
  [/^ {4}forward .*\{\n.*\n {4}\}\n/m, ''],
  [/^ {4}cache 30\n/m, ''],
  [/^ {4}loop\n/m, ''],
] as const
