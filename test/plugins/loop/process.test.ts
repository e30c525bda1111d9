// `loop` and `forward` in a process: how it ends when the server asks itself, directly or through another server.
import { createSocket, type Socket } from 'node:dgram'
import { afterEach, describe, expect, test } from 'vitest'
import { FLAG_AD } from '../../../src/dns/codes.ts'
import { freePort } from '../../support/free-port.ts'
import { runCli } from '../../support/run-cli.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function socket(): Promise<Socket> {
  const created = createSocket('udp4')
  closers.push(() => created.close())
  await new Promise<void>((done) => created.bind(0, '127.0.0.1', done))
  return created
}

/** A server that passes each query on to `port`, without the flag AD; returns its own port. */
async function relayTo(port: number): Promise<number> {
  const [front, back] = [await socket(), await socket()]
  const clients: number[] = []
  front.on('message', (query, from) => {
    clients.push(from.port)
    query[3]! &= ~FLAG_AD
    back.send(query, port, '127.0.0.1')
  })
  back.on('message', (reply) => front.send(reply, clients.shift() ?? 0, '127.0.0.1'))
  return front.address().port
}

const run = (port: number, lines: readonly string[], transport = 'auto') =>
  runCli(['-conf', 'stdin', '-transport', transport], {
    input: `.:${port} {\n bind 127.0.0.1\n${lines.map((line) => ` ${line}\n`).join('')}}\n`,
  })

describe('the process ends with 1', { timeout: 30_000 }, () => {
  test('at once, when an upstream is its own address', async () => {
    const port = await freePort()
    const { code, stderr } = await run(port, ['loop', `forward . 127.0.0.1:${port}`])
    expect(stderr).toContain(
      `plugin/forward: upstream 127.0.0.1 port ${port} is this server (dns://127.0.0.1:${port}): queries for . would come back to it without end`,
    )
    expect(code).toBe(1)
  })

  test.each([
    ['auto', []],
    ['dgram', []],
    ['auto', ['cache']],
    ['dgram', ['cache']],
  ])(
    'when an upstream asks it again, transport %s, with %j before loop',
    async (transport, before) => {
      const port = await freePort()
      const upstream = await relayTo(port)
      const { code, stdout } = await run(
        port,
        [...before, 'loop', `forward . 127.0.0.1:${upstream}`],
        transport,
      )
      expect(stdout).toMatch(
        new RegExp(
          String.raw`\[FATAL\] plugin/loop: Loop \(127\.0\.0\.1:\d+ -> 127\.0\.0\.1:${port}\) detected for zone "\.", see \S+\. Query: "HINFO \d+\.\d+\."`,
        ),
      )
      expect(code).toBe(1)
    },
  )
})
