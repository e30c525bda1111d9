// The texts of conditions and Events. They may quote other API servers, webhooks and values of users' objects.
import { printable } from '../../printable.ts'

/** UTF-8 bytes of one UTF-16 unit, at most. */
const UNIT_BYTES = 3

/**
 * The text as one line with escapes (`printable`), cut to `maxBytes` bytes of UTF-8 between characters: an API server
 * stores half a character as another text, so that it would be written again at every reconcile.
 */
export function messageText(text: string, maxBytes: number): string {
  const line = printable(text)
  if (line.length * UNIT_BYTES <= maxBytes) return line
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(maxBytes))
  return line.slice(0, read)
}
