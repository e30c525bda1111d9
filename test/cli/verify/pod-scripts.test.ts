// What the Pods of `verify` run, here as processes.

import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLIENT_SCRIPT, readReport, SERVER_SCRIPT } from '../../../src/cli/verify/pod-scripts.ts'
import { type Child, startChild } from '../../support/child.ts'
import { freePort } from '../../support/free-port.ts'
import { waitFor } from '../../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'verify-'))

describe('the client', () => {
  let server: Child
  let port: number

  beforeAll(async () => {
    port = await freePort()
    const env = { ANSWER: 'this one', SERVER_PORT: String(port) }
    server = startChild('server', process.execPath, ['-e', SERVER_SCRIPT], { env })
    await waitFor('the server listens', async () => (await fetch(`http://127.0.0.1:${port}`)).ok)
  })
  afterAll(() => server.stop())

  const report = async (name: string, env: Readonly<Record<string, string>>) => {
    const REPORT = join(folder, 'report')
    const all = { NAME: name, PORT: String(port), SECONDS: '0', REPORT, ...env }
    await startChild('client', process.execPath, ['-e', CLIENT_SCRIPT], { env: all }).ended
    return readReport(await readFile(REPORT, 'utf8'))!
  }

  test('resolves the name and gets the answer of the server', async () => {
    const { dns, connect } = await report('127.0.0.1', { ANSWER: 'this one' })
    expect(dns).toMatchObject({ values: ['127.0.0.1'], error: '' })
    expect(connect).toMatchObject({ values: ['127.0.0.1'], error: '' })
  })

  test.each([
    ['another server', { ANSWER: 'that one' }, /^127\.0\.0\.1 answers "this one"$/],
    ['a closed port', { ANSWER: 'this one', PORT: '1' }, /ECONNREFUSED/],
  ])('reports %s', async (_name, env, error) => {
    const { connect } = await report('127.0.0.1', env)
    expect(connect).toMatchObject({ values: [], error: expect.stringMatching(error) })
  })

  test('reports a name without an address', async () => {
    const { dns, connect } = await report('nothing.invalid.', { ANSWER: '' })
    expect(dns).toMatchObject({ values: [], error: expect.stringContaining('nothing.invalid') })
    expect(connect).toMatchObject({ values: [], error: 'the name has no address' })
  })
})

test.each(['', 'null', '{}', '{"dns":{},"connect":{}}', '[1]'])('%j is no report', (message) => {
  expect(readReport(message)).toBeUndefined()
})
