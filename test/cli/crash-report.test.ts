// An exception that nothing catches ends the process with its stack trace alone.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { CLI } from '../support/build.ts'
import { kubeconfigText } from '../support/kubeconfig.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const module = new URL('../../src/cli/crash-report.ts', import.meta.url)

test.each([
  ['an exception', 'setImmediate(() => { throw error })'],
  ['a rejection', 'void Promise.reject(error)'],
])('%s is reported without the properties of the error and its causes', (_, fail) => {
  const script = `
    const { reportCrashes } = await import(${JSON.stringify(module)})
    reportCrashes()
    const options = { proxy: { password: 'MARKER' } }
    const cause = Object.assign(new Error('no\\x1b[2J tunnel'), { options })
    const error = Object.assign(new Error('no\\x1b[2J connection', { cause }), { input: 'MARKER' })
    ${fail}
    setTimeout(() => {}, 20_000)
  `
  const args = ['--no-warnings', '--input-type=module', '-e', script]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toMatch(/^Error: no\\u001b\[2J connection\n {4}at /)
  expect(stderr).not.toContain('MARKER')
  expect(status).toBe(1)
})

/** Loaded before the command: whatever comes on its standard input makes it throw. */
const fault = `
  if (process.argv[2] === 'fleet') {
    process.stdin.once('data', () => {
      throw Object.assign(new Error('an error of the test'), { input: 'MARKER' })
    })
  }
`

test.each([
  ['fleet', []],
  ['fleet --dry-run', ['--dry-run']],
  ['fleet check', ['check']],
])('%s ends so', async (_, args) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    cleanups.push(() => socket.destroy())
  })
  cleanups.push(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'crash-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const member = join(folder, 'kubeconfig')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeFile(member, kubeconfigText({ server: url }))
  const config = join(folder, 'fleet.yaml')
  const members = [{ id: 'one', kubeconfig: member }]
  await writeFile(
    config,
    JSON.stringify({ members, hub: { member: 'one' }, listen: '127.0.0.1:0' }),
  )
  const preload = join(folder, 'fault.mjs')
  await writeFile(preload, fault)
  const child = spawn(process.execPath, [
    '--import',
    preload,
    CLI,
    'fleet',
    ...args,
    '--config',
    config,
  ])
  cleanups.push(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk)
  })
  const closed = once(child, 'close')
  // The member never answers.
  await once(server, 'connection')
  child.stdin.end('now')
  const [code] = await closed
  expect(stderr).toMatch(/^Error: an error of the test\n {4}at /m)
  expect(stderr).not.toContain('MARKER')
  expect(code).toBe(1)
})
