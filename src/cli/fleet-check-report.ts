// What `fleet check` prints: text of each cluster when it has answered, or one document at the end.
import type { Finding } from '../fleet/preflight/check-cluster.ts'
import { printable } from '../printable.ts'
import { documentText, isDocument, type OutputFormat } from './output.ts'
import type { Terminal } from './terminal.ts'

/** The hub, or a member. */
export interface CheckedCluster {
  readonly role: 'hub' | 'member'
  /** The configured id of a member; '' for the hub. */
  readonly id: string
  /** How it is reached, for example "kubeconfig /etc/east.yaml context east". */
  readonly source: string
}

/** The document of `-o`; docs/fleet.md has its fields. */
interface CheckDocument {
  readonly apiVersion: 'clusterset-dns.io/v1'
  readonly kind: 'FleetCheck'
  readonly problems: number
  readonly clusters: readonly (CheckedCluster & { readonly findings: readonly Finding[] })[]
}

/** The title of a cluster: "hub (SOURCE)", "cluster ID (SOURCE)". */
export function titleOf({ role, id, source }: CheckedCluster): string {
  return `${role === 'hub' ? 'hub' : `cluster ${id}`} (${source})`
}

/** Prints findings, and counts the problems. */
export class CheckReport {
  readonly #terminal: Pick<Terminal, 'show' | 'paint'>
  readonly #format: OutputFormat
  readonly #clusters: (CheckedCluster & { readonly findings: readonly Finding[] })[] = []

  constructor(terminal: Pick<Terminal, 'show' | 'paint'>, format: OutputFormat) {
    this.#terminal = terminal
    this.#format = format
  }

  get problems(): number {
    return this.#clusters.flatMap(({ findings }) => findings).filter(({ ok }) => !ok).length
  }

  /** A cluster has answered; all that is found in it. */
  add(cluster: CheckedCluster, findings: readonly Finding[]): void {
    this.#clusters.push({ ...cluster, findings })
    if (this.#format !== 'text') return
    const { paint } = this.#terminal
    this.#print(printable(titleOf(cluster)))
    for (const { ok, text } of findings) {
      const sign = ok ? `${paint('good', 'ok')}    ` : paint('bad', 'FAILED')
      this.#print(`  ${sign}  ${printable(text)}`)
    }
  }

  /** All clusters have answered. `order` has the ids of the members as they are configured. */
  end(order: readonly string[]): void {
    const { show, paint } = this.#terminal
    const { problems } = this
    if (isDocument(this.#format)) {
      const place = ({ role, id }: CheckedCluster) => (role === 'hub' ? -1 : order.indexOf(id))
      const document: CheckDocument = {
        apiVersion: 'clusterset-dns.io/v1',
        kind: 'FleetCheck',
        problems,
        clusters: this.#clusters.toSorted((a, b) => place(a) - place(b)),
      }
      show(documentText(document, this.#format))
    } else if (problems > 0) this.#print(paint('bad', `problems found: ${problems}`))
    else {
      this.#print(paint('good', `no problems found in the hub and ${order.length} members`))
    }
  }

  #print(line: string): void {
    this.#terminal.show(`${line}\n`)
  }
}
