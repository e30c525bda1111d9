import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createLogWriter } from '../../src/runtime/log-writer.ts'

function fileWriter(options: Parameters<typeof createLogWriter>[0]) {
  const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'out')
  const writer = createLogWriter({ ...options, fd: openSync(file, 'w') })
  const text = async () => {
    await writer.close(5000)
    return readFileSync(file, 'utf8')
  }
  return { writer, text }
}

describe('lines', () => {
  test("have CoreDNS' format, without a time", async () => {
    const { writer, text } = fileWriter({})
    writer.log.info('Reloading')
    writer.log.plugin('kubernetes').warning('two\nlines')
    writer.log.error('bad')
    writer.writeLines('[INFO] a query\n')
    expect(await text()).toBe(
      '[INFO] Reloading\n[WARNING] plugin/kubernetes: two lines\n[ERROR] bad\n[INFO] a query\n',
    )
  })

  test('of level debug are written only with `debug`', async () => {
    let debug = false
    const { writer, text } = fileWriter({ debug: () => debug })
    writer.log.debug('no')
    debug = true
    writer.log.debug('yes')
    expect(await text()).toBe('[DEBUG] yes\n')
  })

  test('are JSON objects with -log-format json, including query lines', async () => {
    const { writer, text } = fileWriter({ format: 'json' })
    writer.log.plugin('reload').warning('careful')
    writer.writeLines('[INFO] one\n[ERROR] two\n')
    const lines = (await text())
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toMatchObject([
      { level: 'warning', plugin: 'reload', msg: 'careful' },
      { level: 'info', msg: 'one' },
      { level: 'error', msg: 'two' },
    ])
  })
})

test('flush waits until all lines are written', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'out')
  const writer = createLogWriter({ fd: openSync(file, 'w') })
  await new Promise((done) => setImmediate(done))
  const { signal } = new AbortController()
  await writer.flush(signal)
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`)
  for (const line of lines) writer.writeLines(line)
  await writer.flush(signal)
  expect(readFileSync(file, 'utf8')).toBe(lines.join(''))
  await writer.close(5000)
  await writer.flush(signal)
})

test('a stalled reader causes dropped lines, which are counted, but no delay', async () => {
  const module = fileURLToPath(new URL('../../src/runtime/log-writer.ts', import.meta.url))
  // 40 MB into a pipe without a reader: the child must still finish.
  const script = `
    const { createLogWriter } = await import(${JSON.stringify(module)})
    const writer = createLogWriter()
    for (let i = 0; i < 400; i++) {
      for (let n = 0; n < 100; n++) writer.log.info('x'.repeat(1000))
      await new Promise(setImmediate)
    }
    await writer.close(50)
    process.stderr.write(String(writer.dropped), () => process.exit(0))
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let dropped = ''
  child.stderr.on('data', (chunk: Buffer) => {
    dropped += String(chunk)
  })
  child.stdout.pause()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  expect(Number(dropped)).toBeGreaterThan(20_000)
  expect(Number(dropped)).toBeLessThan(40_000)
})
