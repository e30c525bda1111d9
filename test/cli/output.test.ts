// The formats in which commands print, their colours, and where commands get their clusters.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { parse } from 'yaml'
import { askFleet, clusterSource } from '../../src/cli/cluster-source.ts'
import { paintFor } from '../../src/cli/colour.ts'
import { documentText, outputFormat, tableLines } from '../../src/cli/output.ts'

const RED = '\u001b[31m'
const plain = paintFor(new PassThrough(), {})

describe('-o', () => {
  test.each([undefined, 'json', 'yaml', 'wide'] as const)('%s is a format', (value) => {
    expect(outputFormat(value)).toBe(value ?? 'text')
  })

  test('another word is an error of the command line that lists the formats', () => {
    expect(() => outputFormat('xml')).toThrow('--output is "xml", not json or yaml or wide')
    expect(() => outputFormat('wide', ['json', 'yaml'])).toThrow('not json or yaml')
  })

  test('JSON and YAML are the same document', () => {
    const document = { a: [1, { b: 'yes' }], c: `${'long '.repeat(40)}:\n#`, d: undefined, e: null }
    const { d: _, ...kept } = document
    expect(JSON.parse(documentText(document, 'json'))).toEqual(kept)
    expect(parse(documentText(document, 'yaml'))).toEqual(kept)
  })
})

describe('a table', () => {
  test('has columns as wide as their longest cell, and no spaces at the ends of lines', () => {
    const rows = [
      ['east', '', 'x'],
      ['a-long-name', { tone: 'bad', text: 'no' }, ''],
    ] as const
    expect(tableLines(['NAME', 'OK', 'WHY'], rows, plain)).toEqual([
      'NAME         OK  WHY',
      'east             x',
      'a-long-name  no',
    ])
  })

  test('escapes foreign texts, and colours do not count as width', () => {
    const red = paintFor(Object.assign(new PassThrough(), { isTTY: true }), {})
    const [, first, second] = tableLines(
      ['A', 'B'],
      [
        [{ tone: 'bad', text: 'x\u001b[2J' }, 'b'],
        ['0123456789', 'b'],
      ],
      red,
    )
    expect(first).toBe(`${RED}x\\u001b[2J\u001b[39m  b`)
    expect(second).toBe('0123456789  b')
  })
})

describe('colour', () => {
  test.each([
    ['on a terminal', true, {}, true],
    ['with an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['not into a pipe or file', false, {}, false],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['not on a terminal without colours', true, { TERM: 'dumb' }, false],
  ] as const)('%s', (_, isTTY, env, expected) => {
    const paint = paintFor(Object.assign(new PassThrough(), { isTTY }), env)
    expect(paint('bad', 'x').includes(RED)).toBe(expected)
  })
})

describe('the clusters of a command', () => {
  test.each([
    [{}, 'no clusters given: use --config FILE, --contexts A,B or --fleet URL'],
    [{ fleet: 'http://h', contexts: 'a' }, 'use either --fleet, or --config'],
    [{ fleet: 'http://h', config: 'f' }, 'use either --fleet, or --config'],
    [{ fleet: 'localhost' }, '--fleet is "localhost", not a URL as http://127.0.0.1:8090'],
    [{ fleet: 'localhost:8090' }, '--fleet is "localhost:8090", not a URL'],
    [
      { fleet: 'http://user:pw@h' },
      '--fleet has a user or a password, which a fleet does not ask for',
    ],
    [{ fleet: 'ftp://user:pw@h' }, '--fleet has a user or a password'],
    [{ fleet: 'user:pw@h' }, '--fleet has a user or a password'],
  ])('%j is refused: %s', (values, message) => {
    expect(() => clusterSource(values)).toThrow(message)
  })

  test('are those of the contexts, or those of a running fleet', () => {
    const ofContexts = clusterSource({ contexts: 'a', kubeconfig: '/k' })
    expect(ofContexts).toMatchObject({ kind: 'clusters', config: { members: [{ id: 'a' }] } })
    expect(clusterSource({ fleet: 'http://h:1' })).toEqual({
      kind: 'fleet',
      url: new URL('http://h:1'),
    })
  })
})

describe('a running fleet', () => {
  const server = createServer((request, response) => {
    if (request.url === '/status.json') response.end('{"a":1}')
    else if (request.url === '/text') response.end('ok')
    else if (request.url === '/broken') response.write('{"a":', () => response.destroy())
    else if (request.url === '/stalled') response.write('{"a":')
    else if (request.url === '/endless') sendOn(response)
    else response.writeHead(404).end()
  })
  const sendOn = (response: ServerResponse): void => {
    if (response.destroyed) return
    response.write('[0,'.repeat(100_000), () => setImmediate(sendOn, response))
  }
  let url: URL
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })
  const { signal } = new AbortController()

  test('is asked for a document', async () => {
    expect(await askFleet(url, '/status.json', signal)).toEqual({ a: 1 })
  })

  test.each([
    ['/none', 'HTTP 404, not the API of a fleet'],
    ['/text', 'the answer is not JSON'],
    ['/broken', 'is the fleet reachable?'],
    ['/endless', 'the answer has more than 64 MiB'],
  ])('%s: %s', async (path, message) => {
    const asked = askFleet(url, path, signal)
    await expect(asked).rejects.toMatchObject({
      code: 'FLEET_API',
      message: expect.stringContaining(message),
    })
  })

  test('that stalls is an error, and ends with the time that it has', async () => {
    const short = AbortSignal.timeout(50)
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(short)
    onTestFinished(() => timeout.mockRestore())
    const asked = askFleet(url, '/stalled', signal)
    await expect(asked).rejects.toMatchObject({
      code: 'FLEET_API',
      message: expect.stringContaining('is the fleet reachable?'),
    })
  })

  test('that stalls is asked no more when the signal aborts', async () => {
    const stop = new AbortController()
    server.once('request', () => stop.abort(new Error('stopped')))
    await expect(askFleet(url, '/stalled', stop.signal)).rejects.toThrow('stopped')
  })

  test('that cannot be reached is an error with a cure', async () => {
    const asked = askFleet(new URL('http://127.0.0.1:1'), '/status.json', signal)
    await expect(asked).rejects.toMatchObject({
      code: 'FLEET_API',
      message: expect.stringMatching(
        /127\.0\.0\.1:1.*kubectl -n clusterset-dns-fleet port-forward/,
      ),
    })
  })
})
