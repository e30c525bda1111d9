// TCP ports of the demo's endpoints.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** `preferred` if it is free on 127.0.0.1, else a free port. */
export async function freePort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const server = createServer().listen(port, '127.0.0.1')
    const listening = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!listening) continue
    const { port: bound } = server.address() as { readonly port: number }
    server.close()
    await once(server, 'close')
    return bound
  }
  throw new Error('127.0.0.1 has no free port')
}
