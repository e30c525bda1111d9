// The audit log of an API server: an independent record of which client wrote what and when.
import { readFile } from 'node:fs/promises'

/** Records answered writes without bodies. */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
- level: None
`

/** One write request. */
export interface AuditedWrite {
  readonly verb: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly userAgent: string
  /** HTTP status of the response. */
  readonly code: number
  /** When the request was received, in milliseconds since 1970, with microseconds as fraction. */
  readonly receivedAt: number
  /** When it was answered, in milliseconds since 1970. */
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

/** Reads the writes in the file, sorted by time of receipt. */
export async function readAuditLog(file: string): Promise<readonly AuditedWrite[]> {
  return parseAuditLog(await readFile(file, 'utf8'))
}

/** Parses one event per line; an incomplete last line is skipped. */
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

/** Milliseconds since 1970 of an RFC 3339 time, with the microseconds that Date.parse drops. */
function millis(time: string): number {
  const fraction = /\.\d{3}(\d*)Z$/.exec(time)?.[1] ?? ''
  return Date.parse(time) + Number(`0.${fraction || '0'}`)
}
