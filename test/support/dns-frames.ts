// Where the parts of DNS messages are, and messages in streams (RFC 1035 section 4.2.2). Shares no code with src/.
import type { Socket } from 'node:net'

/** The offset behind the question. */
export function questionEnd(query: Uint8Array): number {
  let at = 12
  while (query[at] !== 0) at += query[at]! + 1
  return at + 5
}

/** A message with its length before it. */
export function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(2)
  prefix.writeUInt16BE(message.length)
  return Buffer.concat([prefix, message])
}

/** Calls `onMessage` with each message of a stream. */
export function readFrames(socket: Socket, onMessage: (message: Buffer) => void): void {
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0)
      const message = held.subarray(2, end)
      held = held.subarray(end)
      onMessage(message)
    }
  })
}
