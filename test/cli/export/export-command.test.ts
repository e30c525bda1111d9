// `clusterset-dns export` and `unexport` against a fake API server: what they write, what they say, and their errors.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as bodyOf } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { exportWith } from '../../../src/cli/export/export-command.ts'
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { type HandClock, handClock } from '../../support/hand-clock.ts'
import { kubeconfigText } from '../../support/kubeconfig.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { runCli } from '../../support/run-cli.ts'
import { waitFor } from '../../support/wait-for.ts'

const MCS = '/apis/multicluster.x-k8s.io'
const EXPORTS = `${MCS}/v1beta1/namespaces/shop/serviceexports`
const WEB = '/api/v1/namespaces/shop/services/web'

/** Each kubeconfig needs a process. */
const slow = { timeoutMs: 50_000 }

interface Answer {
  readonly status?: number
  readonly body: object
}

/** What the server answers, by "METHOD path". */
let answers: Map<string, Answer>
/** The writes: "METHOD path?query body". */
let writes: string[]
let server: FakeApiServer
let folder: string
let kubeconfig: string

const denied = (verb: string, resource: string): Answer => {
  const message = `${resource} is forbidden: User "u" cannot ${verb} resource "${resource}"`
  return { status: 403, body: { message } }
}

const answer = async (url: URL, response: ServerResponse, message: IncomingMessage) => {
  const { method = '' } = message
  const { pathname, search } = url
  if (method !== 'GET') writes.push(`${method} ${pathname}${search} ${await bodyOf(message)}`)
  const { status = 200, body } = answers.get(`${method} ${pathname}`) ?? { status: 404, body: {} }
  // No answer.
  if (status === 0) return
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

beforeAll(async () => {
  server = await startFakeApiServer((...request) => void answer(...request))
  folder = await mkdtemp(join(tmpdir(), 'export-'))
  kubeconfig = join(folder, 'config')
  const text = kubeconfigText({ server: server.url }, {}, 'east', { namespace: 'shop' })
  await writeFile(kubeconfig, text)
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

beforeEach(() => {
  writes = []
  answers = new Map<string, Answer>([
    [`GET ${MCS}`, { body: { versions: [{ version: 'v1alpha1' }, { version: 'v1beta1' }] } }],
    [`GET ${MCS}/v1beta1`, { body: { resources: [{ name: 'serviceexports' }] } }],
    ['GET /api/v1/namespaces/shop', { body: {} }],
    [`GET ${WEB}`, { body: { metadata: { name: 'web', namespace: 'shop' }, spec: {} } }],
    [`POST ${EXPORTS}`, { status: 201, body: {} }],
    [`DELETE ${EXPORTS}/web`, { body: { kind: 'Status', status: 'Success' } }],
  ])
})

async function run(
  command: 'export' | 'unexport',
  more: { namespace?: string; dryRun?: boolean; format?: 'json' | 'yaml' } = {},
  clock?: HandClock,
) {
  const lines: string[] = []
  const flags = {
    service: 'web',
    namespace: 'shop',
    spec: { kind: 'endpoint', url: server.url },
    dryRun: false,
    format: 'text',
    ...more,
  } as const
  const add = (line: string) => void lines.push(line)
  const terminal = { print: add, show: add }
  const code = await exportWith(
    command,
    flags,
    { ...memoryLog([]), ...(clock === undefined ? {} : { clock }) },
    terminal,
    new AbortController().signal,
  )
  return { code, lines }
}

describe('export', () => {
  test('creates the ServiceExport, in the newest version that is served', async () => {
    const { code, lines } = await run('export')
    expect([code, ...lines]).toEqual([
      0,
      'Service shop/web is exported: the ServiceExport was created',
    ])
    const body = {
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceExport',
      metadata: { namespace: 'shop', name: 'web' },
    }
    expect(writes).toEqual([`POST ${EXPORTS}?fieldManager=clusterset-dns ${JSON.stringify(body)}`])
  })

  test('has nothing to do when the ServiceExport exists', async () => {
    answers.set(`POST ${EXPORTS}`, { status: 409, body: { reason: 'AlreadyExists' } })
    answers.set(`GET ${EXPORTS}/web`, { body: { metadata: { name: 'web' } } })
    const { code, lines } = await run('export')
    expect([code, ...lines]).toEqual([
      0,
      'Service shop/web is exported already: the ServiceExport exists',
    ])
  })

  test('fails when the ServiceExport is being deleted', async () => {
    answers.set(`POST ${EXPORTS}`, { status: 409, body: { reason: 'AlreadyExists' } })
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] }
    answers.set(`GET ${EXPORTS}/web`, { body: { metadata } })
    await expect(run('export')).rejects.toMatchObject({
      code: 'EXPORT',
      message: 'serviceexports shop/web is still being deleted, try again',
    })
  })

  test('fails when the API server does not answer, and says what may be done', async () => {
    answers.set(`POST ${EXPORTS}`, { status: 0, body: {} })
    const clock = handClock()
    const ended = run('export', {}, clock)
    const rejected = expect(ended).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: `no answer within 15 s from ${server.url}; the ServiceExport may have been created all the same: try again`,
    })
    await waitFor('the write is sent', () => writes.length > 0)
    clock.advance(15_000)
    await rejected
  })

  test('--dry-run asks the API server, which changes nothing', async () => {
    const { lines } = await run('export', { dryRun: true })
    expect(lines).toEqual([
      'Service shop/web would be exported; nothing was changed, because of --dry-run',
    ])
    expect(writes).toEqual([expect.stringMatching(/^POST \S+&dryRun=All /)])
  })

  const fails: readonly (readonly [string, string, Answer | undefined, string, RegExp])[] = [
    [
      'the Service does not exist',
      `GET ${WEB}`,
      undefined,
      'EXPORT',
      /^there is no Service web in the namespace shop of http:/,
    ],
    [
      'the Service may not be read',
      `GET ${WEB}`,
      denied('get', 'services'),
      'API_FORBIDDEN',
      /^RBAC forbids us to get services shop\/web in the core API group/,
    ],
    [
      'the Service cannot be exported',
      `GET ${WEB}`,
      { body: { metadata: {}, spec: { type: 'ExternalName' } } },
      'EXPORT',
      /^shop\/web is not exported: A Service of type ExternalName cannot be exported\.$/,
    ],
    ['the CRD is missing', `GET ${MCS}`, undefined, 'API_NOT_FOUND', /install the MCS CRDs/],
    [
      'a ServiceExport may not be created',
      `POST ${EXPORTS}`,
      denied('create', 'serviceexports'),
      'API_FORBIDDEN',
      /grant the verb "create" on it/,
    ],
    [
      'the ServiceExport is refused',
      `POST ${EXPORTS}`,
      { status: 403, body: { message: 'denied by policy "no-exports"' } },
      'API_STATUS',
      /^create serviceexports shop\/web is refused: denied by policy "no-exports"$/,
    ],
  ]
  test.each(fails)('fails when %s', async (_, request, answer, code, message) => {
    if (answer === undefined) answers.delete(request)
    else answers.set(request, answer)
    await expect(run('export')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(writes).toHaveLength(request.startsWith('POST') ? 1 : 0)
  })

  test('fails when the namespace does not exist', async () => {
    await expect(run('export', { namespace: 'shpo' })).rejects.toMatchObject({
      code: 'EXPORT',
      message: `there is no namespace shpo in ${server.url}`,
    })
  })
})

describe('unexport', () => {
  test('deletes the ServiceExport, also when the Service is gone', async () => {
    answers.delete(`GET ${WEB}`)
    const { code, lines } = await run('unexport')
    expect([code, ...lines]).toEqual([
      0,
      'Service shop/web is no longer exported: the ServiceExport was deleted',
    ])
    expect(writes).toEqual([expect.stringMatching(`^DELETE ${EXPORTS}/web {`)])
  })

  test('says which finalizers keep the ServiceExport', async () => {
    const body = { metadata: { finalizers: ['a.example/one', 'b.example/two'] } }
    answers.set(`DELETE ${EXPORTS}/web`, { body })
    const { lines } = await run('unexport')
    expect(lines.join()).toContain('goes with its finalizers (a.example/one, b.example/two)')
  })

  test('has nothing to do when there is no ServiceExport', async () => {
    answers.delete(`DELETE ${EXPORTS}/web`)
    const { code, lines } = await run('unexport')
    expect([code, ...lines]).toEqual([
      0,
      'Service shop/web is not exported: there is no ServiceExport to delete',
    ])
  })

  test('--dry-run asks the API server, which changes nothing', async () => {
    const { lines } = await run('unexport', { dryRun: true })
    expect(lines.join()).toContain('would no longer be exported; nothing was changed')
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] }
    expect(writes).toEqual([`DELETE ${EXPORTS}/web ${JSON.stringify(body)}`])
  })

  test('fails when the namespace does not exist, and when the right is missing', async () => {
    await expect(run('unexport', { namespace: 'shpo' })).rejects.toMatchObject({
      message: `there is no namespace shpo in ${server.url}`,
    })
    answers.set(`DELETE ${EXPORTS}/web`, denied('delete', 'serviceexports'))
    await expect(run('unexport')).rejects.toMatchObject({ code: 'API_FORBIDDEN' })
  })
})

describe('-o json', () => {
  test.each([
    ['export', {}, true, 'the ServiceExport was created'],
    ['export', { dryRun: true }, false, 'would be exported'],
    ['unexport', {}, true, 'the ServiceExport was deleted'],
    ['unexport', { dryRun: true }, false, 'would no longer be exported'],
  ] as const)('%s %j', async (command, more, changed, text) => {
    const { lines } = await run(command, { ...more, format: 'json' })
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        apiVersion: 'clusterset-dns.io/v1',
        kind: 'ExportResult',
        command,
        namespace: 'shop',
        service: 'web',
        changed,
        dryRun: 'dryRun' in more,
        text: expect.stringContaining(text),
      },
    ])
  })

  test('nothing changes when the ServiceExport exists, or does not', async () => {
    answers.set(`POST ${EXPORTS}`, { status: 409, body: { reason: 'AlreadyExists' } })
    answers.set(`GET ${EXPORTS}/web`, { body: { metadata: { name: 'web' } } })
    answers.delete(`DELETE ${EXPORTS}/web`)
    for (const command of ['export', 'unexport'] as const) {
      const { lines } = await run(command, { format: 'json' })
      expect(JSON.parse(lines.join(''))).toMatchObject({ changed: false, dryRun: false })
    }
  })
})

describe('the command line', { timeout: 60_000 }, () => {
  test('takes the namespace of the context, and exits with 0', async () => {
    const { code, stdout } = await runCli(['export', 'web', '--kubeconfig', kubeconfig], slow)
    expect(stdout).toBe('Service shop/web is exported: the ServiceExport was created\n')
    expect(code).toBe(0)
  })

  test('an error exits with 1, without a stack trace', async () => {
    const args = ['export', 'web', '-n', 'shpo', '--context', 'east', '--kubeconfig', kubeconfig]
    const { code, stdout, stderr } = await runCli(args, slow)
    expect([code, stdout]).toEqual([1, ''])
    // A slow machine gets a line about progress first.
    const errors = stderr.split('\n').filter((line) => !line.startsWith('[INFO] '))
    expect(errors).toEqual([`there is no namespace shpo in ${server.url}`, ''])
  })
})
