// `npm pack` makes a package that npm installs into an empty folder, and whose command runs there.
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureBuild } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)
let folder = ''
const inside = (path: string) => join(folder, 'node_modules', path)

beforeAll(async () => {
  ensureBuild()
  folder = mkdtempSync(join(tmpdir(), 'package-'))
  await run('npm', ['pack', '--pack-destination', folder])
  const [tarball = ''] = readdirSync(folder)
  // The Node of the optional package is the one that runs the tests.
  const flags = ['--omit=optional', '--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, join(folder, tarball)], { cwd: folder })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package has what runs, and no sources and tests', async () => {
  const files = globSync('**', { cwd: inside('clusterset-dns'), exclude: ['node_modules'] })
  const tops = new Set(files.map((file) => file.split('/')[0]).filter((top) => top !== ''))
  expect([...tops].sort()).toEqual([
    '.',
    'CHANGELOG.md',
    'Corefile.example',
    'LICENSE',
    'README.md',
    'deploy',
    'dist',
    'package.json',
  ])
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const name of Object.keys(dependencies)) expect(existsSync(inside(name)), name).toBe(true)
})

test.each(['clusterset-dns', 'kubectl-clusterset'])('%s is executable', (name) => {
  expect(statSync(inside(`.bin/${name}`)).mode & 0o111).toBe(0o111)
})

test('npx runs it in that folder, and it serves the demo', async () => {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH }
  const { stdout } = await run('npx', ['--no', 'clusterset-dns', 'version'], { cwd: folder, env })
  expect(stdout).toMatch(/^clusterset-dns-\d/)
  const port = await freePort()
  const args = ['demo', '-p', String(port)]
  const server = startChild('package', inside('.bin/clusterset-dns'), args, { cwd: folder, env })
  try {
    await waitFor('the banner', () => server.output().includes('Ctrl-C'), { detail: server.tail })
    const name = 'service1.provider-ns.svc.clusterset.local'
    const { answers } = await query({ port, name, type: 'A' })
    expect(answers.map(({ data }) => data)).toEqual(['10.96.0.3'])
  } finally {
    await server.stop()
  }
})

/** A Node of this machine that is too old, as /usr/bin/node often is. */
async function oldNode(): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']) {
    const file = join(folder, 'node')
    if (!existsSync(file)) continue
    const { stdout } = await run(file, ['--version'])
    if (Number.parseInt(stdout.slice(1), 10) < 26) return file
  }
  return undefined
}
const old = await oldNode()

test.runIf(old !== undefined)('an old Node gets a text in place of a stack trace', async () => {
  const failure = run(old!, [inside('clusterset-dns/dist/cli.js')], { cwd: folder })
  await expect(failure).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^clusterset-dns needs Node 26\.1 or later, and this is Node \d/),
  })
})
