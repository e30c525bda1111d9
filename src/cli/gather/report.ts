// The summary of a support archive: what was read of each cluster, and what could not be read and why.

/** What the archive has of one cluster, and how it is reached. */
export interface ClusterReport {
  /** "cluster east (kubeconfig /k context east)" */
  readonly title: string
  /** The lines of the summary. */
  readonly lines: string[]
  /** How many things could not be read. */
  unread: number
  /** False when the API server did not answer, or not all members of the fleet are known. */
  reached: boolean
}

/** An empty report. */
export function clusterReport(title: string): ClusterReport {
  return { title, lines: [], unread: 0, reached: false }
}

/** Records what could not be read. */
export function addUnread(report: ClusterReport, what: string, why: string): void {
  report.unread++
  report.lines.push(`NOT READ  ${what}: ${why}`)
}

/** The text of the summary. */
export function summaryText(head: string, reports: readonly ClusterReport[]): string {
  const parts = reports.map(({ title, lines }) => {
    return [title, ...lines.map((line) => `  ${line}`)].join('\n')
  })
  return `${[head, ...parts, NOTE].join('\n\n')}\n`
}

const NOTE = `The archive has no Secrets, tokens or kubeconfigs, no environment or arguments of containers, and no values of annotations
that users write. What looks like a token, a key or a password in a log, an Event or a Corefile is replaced by [hidden].`
