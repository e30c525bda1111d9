// The API server's own record of who wrote what and when: what a program did, by the word of somebody else.
import { readFile } from 'node:fs/promises'

/** Writes only, without their bodies, once they are answered. */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
- level: None
`

export interface AuditedWrite {
  readonly verb: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly userAgent: string
  /** The status of the answer. */
  readonly code: number
  /** When the request had come in, in milliseconds since 1970; the log has microseconds. */
  readonly receivedAt: number
  /** When it was answered. */
  readonly answeredAt: number
}

interface AuditEvent {
  readonly verb: string
  readonly userAgent?: string
  readonly objectRef?: Readonly<Record<string, string>>
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
}

/** The writes in the file, in the order in which they came in. */
export async function readAuditLog(file: string): Promise<readonly AuditedWrite[]> {
  return parseAuditLog(await readFile(file, 'utf8'))
}

/** One event a line; a line that is still being written is left out. */
export function parseAuditLog(text: string): readonly AuditedWrite[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => toWrite(JSON.parse(line) as AuditEvent))
    .sort((a, b) => a.receivedAt - b.receivedAt)
}

function toWrite(event: AuditEvent): AuditedWrite {
  const { resource = '', subresource = '', namespace = '', name = '' } = event.objectRef ?? {}
  return {
    verb: event.verb,
    resource,
    subresource,
    namespace,
    name,
    userAgent: event.userAgent ?? '',
    code: event.responseStatus?.code ?? 0,
    receivedAt: millis(event.requestReceivedTimestamp),
    answeredAt: millis(event.stageTimestamp),
  }
}

/** RFC 3339 with microseconds, which Date would cut off. */
function millis(time: string): number {
  const fraction = /\.\d{3}(\d*)Z$/.exec(time)?.[1] ?? ''
  return Date.parse(time) + Number(`0.${fraction || '0'}`)
}
