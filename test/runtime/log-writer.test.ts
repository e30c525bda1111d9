import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { formatLine } from '../../src/log.ts'
import { createLogWriter } from '../../src/runtime/log-writer.ts'

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

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
    writer.log.info('bound', { cluster: 'west' })
    writer.writeFormatted('[INFO] a query\n')
    expect(await text()).toBe(
      '[INFO] Reloading\n[WARNING] plugin/kubernetes: two lines\n[ERROR] bad\n[INFO] bound\n[INFO] a query\n',
    )
  })

  test('begin with their time with `times`', async () => {
    const { writer, text } = fileWriter({ times: true })
    writer.log.info('in sync')
    expect(await text()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[INFO\] in sync\n$/)
  })

  test('of level debug are written only with `debug`', async () => {
    let debug = false
    const { writer, text } = fileWriter({ debug: () => debug })
    writer.log.debug('no')
    debug = true
    writer.log.debug('yes')
    expect(await text()).toBe('[DEBUG] yes\n')
  })

  test('are JSON objects with -log-format json: level, time, plugin, fields, msg', async () => {
    const { writer, text } = fileWriter({ format: 'json' })
    const west = writer.log.with({ cluster: 'west' })
    west.plugin('reload').warning('careful', { namespace: 'shop' })
    writer.writeLines('\n.:53\nclusterset-dns\n')
    const lines = (await text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const time = expect.stringMatching(ISO_TIME) as unknown
    expect(lines).toEqual([
      {
        level: 'warning',
        time,
        plugin: 'reload',
        cluster: 'west',
        namespace: 'shop',
        msg: 'careful',
      },
      { level: 'info', time, msg: '.:53' },
      { level: 'info', time, msg: 'clusterset-dns' },
    ])
  })

  test('of an answering thread are like those of the log', async () => {
    const { writer, text } = fileWriter({ format: 'json' })
    const fields = { rcode: 'SERVFAIL', size: 40, do: false }
    writer.log.plugin('errors').error('2 a. A: broken', fields)
    const record = { level: 'error', plugin: 'errors', message: '2 a. A:\nbroken' } as const
    writer.writeFormatted(
      `${formatLine('json', { ...record, fields: () => fields }, Date.UTC(2026, 0, 2))}\n`,
    )
    const [own = '', threads = ''] = (await text()).trim().split('\n')
    expect(JSON.parse(threads)).toEqual({
      ...(JSON.parse(own) as object),
      time: '2026-01-02T00:00:00.000Z',
    })
    expect(Object.keys(JSON.parse(threads) as object)).toEqual(
      Object.keys(JSON.parse(own) as object),
    )
  })
})

describe('control characters, bidi controls and line breaks of foreign texts', () => {
  const foreign = 'a\x1b[2J\x9b31m\u202e\u2028b\nINFO forged'
  const escaped = 'a\\u001b[2J\\u009b31m\\u202e\\u2028b INFO forged'

  test('are escaped in plain lines', async () => {
    const { writer, text } = fileWriter({})
    writer.log.error(foreign)
    writer.writeLines('\x1b[2J\nnext\n')
    expect(await text()).toBe(`[ERROR] ${escaped}\n\\u001b[2J\nnext\n`)
  })

  test('are escaped in the messages and fields of JSON lines, so that a reader gets escapes', async () => {
    const { writer, text } = fileWriter({ format: 'json' })
    writer.log.with({ cluster: foreign }).error(foreign, { reason: foreign, count: 1 })
    writer.writeLines('\x1b[2J\n')
    const [line = '', printed = ''] = (await text()).split('\n')
    const wanted = { cluster: escaped, reason: escaped, count: 1, msg: escaped }
    expect(JSON.parse(line)).toMatchObject(wanted)
    expect(JSON.parse(printed)).toMatchObject({ msg: '\\u001b[2J' })
  })

  test.each(['coredns', 'json'] as const)(
    'are escaped in the %s lines of answering threads',
    (format) => {
      const record = { level: 'error', plugin: 'errors', message: foreign } as const
      const fields = () => ({ error: foreign })
      const line = formatLine(format, { ...record, fields }, 0)
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u)
      expect(line).toContain('INFO forged')
    },
  )
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

test('a flush does not wait for a text that was dropped', async () => {
  const { writer, text } = fileWriter({})
  writer.writeFormatted('x'.repeat(9_000_000))
  await writer.flush(new AbortController().signal)
  writer.writeFormatted('short\n')
  await writer.flush(new AbortController().signal)
  expect(await text()).toBe('short\n')
})

test('tells that lines cannot be written', async () => {
  const writer = createLogWriter({ fd: openSync('/dev/full', 'w') })
  expect(writer.failure).toBeUndefined()
  writer.log.info('lost')
  await writer.flush(new AbortController().signal)
  expect(String(writer.failure)).toContain('ENOSPC')
  await writer.close(50)
})

test('a flush does not wait for a reader that is gone', async () => {
  const module = fileURLToPath(new URL('../../src/runtime/log-writer.ts', import.meta.url))
  const script = `
    const { createLogWriter } = await import(${JSON.stringify(module)})
    const { setTimeout } = await import('node:timers/promises')
    const writer = createLogWriter()
    const { signal } = new AbortController()
    for (let i = 0; i < 3; i++) {
      await setTimeout(50)
      writer.log.info('x')
      writer.log.info('y')
      await writer.flush(signal)
    }
    await writer.close(50)
    process.exit(0)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.destroy()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})
