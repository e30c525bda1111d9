// The HTTP reply with a document.
import type { HttpReply } from '../runtime/http.ts'
import { documentText } from './output.ts'

/** The document as JSON, as `-o json` prints it. */
export function jsonReply(document: object): HttpReply {
  return { status: 200, contentType: 'application/json', body: documentText(document, 'json') }
}
