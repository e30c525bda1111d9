// Writes a response that never ends, for tests of limits. It stops when the client closes the connection.
import type { ServerResponse } from 'node:http'

/** Writes `next(i)` for i = 0, 1, 2... as fast as the client reads. */
export function writeEndlessly(response: ServerResponse, next: (i: number) => string): void {
  let i = 0
  const more = () => {
    if (response.destroyed) return
    while (response.write(next(i++))) if (i % 100 === 0) return void setImmediate(more)
  }
  response.on('drain', more)
  more()
}
