// docs/writing-plugins.md: its plugin is built into a copy of the source, and runs.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Child, startChild } from '../support/child.ts'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

const page = readFileSync('docs/writing-plugins.md', 'utf8')
const blocks = [...page.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, file = '', text = '']) => ({ file, text }),
)
const corefile = /^```corefile\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? ''

/** A plugin that throws, for what happens then; it is not part of the page. */
const THROWING = `export const crashRuntime = () => ({
  handler: { name: 'crash', handle() { throw new Error('boom') } },
})
`
const THROWING_SETUP = `export const crash = {
  name: 'crash',
  syntax: 'crash',
  setup({ tokens }: { tokens: { next(): boolean } }) {
    tokens.next()
    return { plugin: 'crash' }
  },
  describe: () => 'throws',
}
`

/** What a build needs. */
const COPIED = ['src', 'deploy', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

let folder = ''
const children: Child[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'writing-plugins-'))
  for (const file of COPIED) {
    cpSync(file, join(folder, file), { recursive: true })
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  for (const { file, text } of blocks) {
    if (/(directives|handlers)\.ts$/.test(file)) addToTable(file, text)
    else await write(file, text)
  }
  await write('src/plugins/crash/runtime.ts', THROWING)
  await write('src/plugins/crash/setup.ts', THROWING_SETUP)
  addToTable('src/plugins/directives.ts', "import { crash } from './crash/setup.ts'\n  crash,\n")
  addToTable(
    'src/plugins/handlers.ts',
    "import { crashRuntime } from './crash/runtime.ts'\n  ['crash', crashRuntime],\n",
  )
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder, stdio: 'pipe' })
}, 300_000)

afterAll(async () => {
  await Promise.all(children.map((child) => child.stop()))
  rmSync(folder, { recursive: true })
})

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** Adds an import, and an entry before that of whoami, as the page says. */
function addToTable(file: string, text: string): void {
  const [, importLine = '', entry = ''] = /^(import .*\n)( {2}.*\n)$/.exec(text) ?? []
  expect(entry, file).not.toBe('')
  const path = join(folder, file)
  const table = readFileSync(path, 'utf8')
  const whoami = /^ {2}(whoami,|\['whoami', .*)$/m.exec(table)
  const imports = table.search(/^import /m)
  writeFileSync(
    path,
    table.slice(0, imports) +
      importLine +
      table.slice(imports, whoami!.index) +
      entry +
      table.slice(whoami!.index),
  )
}

const CLI = ['--no-warnings', 'dist/cli.js']

async function serve(text: string): Promise<{ child: Child; port: number }> {
  const port = await freePort()
  await write('Corefile', text.replace(/:5300/, `:${port}`))
  const child = startChild('clusterset-dns', process.execPath, CLI, { cwd: folder })
  children.push(child)
  await waitFor('the banner', () => child.output().includes('clusterset-dns-'))
  return { child, port }
}

describe('the plugin of the page', () => {
  test('is described by check', async () => {
    await write('Corefile', corefile)
    const text = execFileSync(process.execPath, [...CLI, 'check'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(text).toContain('motd: answers TXT questions for motd.example.org. with "hello"')
  })

  test('answers, passes other questions on, and counts', async () => {
    const metrics = await freePort()
    const { port } = await serve(
      corefile.replace('whoami', `whoami\n    prometheus 127.0.0.1:${metrics}`),
    )
    const reply = await query({ port, name: 'motd.example.org', type: 'TXT' })
    expect(reply.answers.map(({ data }) => data)).toEqual(['"hello"'])
    const other = await query({ port, name: 'other.example.org', type: 'TXT' })
    expect([other.answers, other.additional.length > 0]).toEqual([[], true])
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
    expect(text).toMatch(/^motd_answers_total 1$/m)
  })
})

describe('a handler that throws', () => {
  const ask = (port: number) => query({ port, name: 'x.example.org', type: 'A' })

  test('is SERVFAIL, one log line and a count; the next query is answered', async () => {
    const { child, port } = await serve('.:5300 {\n    crash\n}\n')
    expect((await ask(port)).rcode).toBe('SERVFAIL')
    expect((await ask(port)).rcode).toBe('SERVFAIL')
    const line = `[ERROR] Recovered from panic in server: "dns://:${port}" boom`
    await waitFor('the line', () => child.output().includes(`${line}\n`))
  })

  test('has its stack trace in the line with `errors { stacktrace }`', async () => {
    const { child, port } = await serve(
      '.:5300 {\n    errors {\n        stacktrace\n    }\n    crash\n}\n',
    )
    expect((await ask(port)).rcode).toBe('SERVFAIL')
    await waitFor('the line', () => /panic in server: .* Error: boom at /.test(child.output()))
  })

  test('ends the process with its stack trace and exit code 2 with `debug`', async () => {
    const { child, port } = await serve('.:5300 {\n    debug\n    crash\n}\n')
    await query({ port, name: 'x.example.org', type: 'A', timeoutMs: 500 }).catch(() => {})
    await child.ended
    expect(child.exitCode()).toBe(2)
    expect(child.output()).toMatch(/^Error: boom\n {4}at /m)
  })
})
