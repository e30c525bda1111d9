import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createLimitedServer } from '../../src/runtime/http-limits.ts'
import { waitFor } from '../support/wait-for.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

interface Client {
  readonly socket: Socket
  /** Everything that has arrived. */
  received(): string
}

async function setup(handle: RequestListener = (_request, response) => void response.end('body')) {
  const server: Server = createLimitedServer(handle, 10)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const open = async (from = '127.0.0.1'): Promise<Client> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    let text = ''
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
    socket.on('error', () => {})
    cleanups.push(() => socket.destroy())
    await once(socket, 'connect')
    return { socket, received: () => text }
  }
  return { server, open }
}

const REQUEST = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'
const replies = ({ received }: Client) => received().split('HTTP/1.1 200 OK').length - 1

async function ask(client: Client): Promise<void> {
  const before = replies(client)
  client.socket.write(REQUEST)
  await waitFor('the reply', () => replies(client) === before + 1)
}

describe('at the limit of connections', () => {
  test('half-open requests do not stop others, not even those of the same client', async () => {
    const { open } = await setup()
    const halfOpen: Client[] = []
    for (let i = 0; i < 100; i++) {
      const client = await open()
      client.socket.write('GET /health HTTP/1.1\r\nHost:')
      halfOpen.push(client)
    }
    await ask(await open())
    await waitFor('the limit holds', () => {
      return halfOpen.filter(({ socket }) => !socket.destroyed).length < 10
    })
  })

  test('the idle connection of a client with few is kept', async () => {
    const { open } = await setup()
    const scraper = await open()
    await ask(scraper)
    for (let i = 0; i < 100; i++) (await open('127.0.0.2')).socket.write('GET /')
    await ask(scraper)
  })

  test('a client whose requests are all being answered does not lock out another', async () => {
    let waiting = 0
    const { open } = await setup((_request, response) => {
      if (waiting < 10) waiting++
      else response.end('body')
    })
    for (let i = 1; i <= 10; i++) {
      ;(await open('127.0.0.2')).socket.write(REQUEST)
      await waitFor('the request waits', () => waiting === i)
    }
    const refused = await open('127.0.0.2')
    await waitFor('a new one of the same client is refused', () => refused.socket.destroyed)
    await ask(await open('127.0.0.1'))
  })
})

describe('a connection', () => {
  test('whose requests do not wait for the reply is closed, and only the first is handled', async () => {
    let handled = 0
    const { open } = await setup((_request, response) => {
      handled++
      setImmediate(() => response.end('body'))
    })
    const client = await open()
    client.socket.write(REQUEST.repeat(1000))
    await waitFor('it is closed', () => client.socket.destroyed)
    expect(handled).toBe(1)
  })

  test('serves 16 requests', async () => {
    const { open } = await setup()
    const client = await open()
    for (let i = 0; i < 16; i++) await ask(client)
    await waitFor('it is closed', () => client.socket.destroyed)
    expect(client.received()).toContain('Connection: close\r\n')
  })

  test('with headers of more than 8 KB gets 431', async () => {
    const { open } = await setup()
    const client = await open()
    client.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`)
    await waitFor('the reply', () => client.received().startsWith('HTTP/1.1 431 '))
  })
})

test.each(['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'timeout'] as const)(
  'the %s is 5 seconds',
  async (name) => {
    expect((await setup()).server[name]).toBe(5000)
  },
)
