// Questions: answers, end of input, Ctrl-C, signals, and the order of lines and questions.
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { createTerminal, printTo, showAll } from '../../src/cli/terminal.ts'
import { createLogWriter } from '../../src/runtime/log-writer.ts'
import { waitFor } from '../support/wait-for.ts'

function terminal(line = 'the plan', question = 'Sure? ') {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  const shown: string[] = []
  output.on('data', (chunk: Buffer) => shown.push(String(chunk)))
  const stop = new AbortController()
  const it = createTerminal({
    writer: {
      writeLines: (text) => void shown.push(text),
      writeFormatted: (text) => void shown.push(text),
      flush: async () => {
        await new Promise((done) => setImmediate(done))
        shown.push('<all is out>')
      },
    },
    input,
    output,
    interrupted: () => stop.abort(),
  })
  it.print(line)
  const answer = it.ask(question, stop.signal)
  const asked = () => waitFor('it asks', () => shown.join('').includes('Sure'))
  return { input, shown, stop, answer, asked }
}

test.each([
  ['yes\n', 'yes'],
  ['\n', ''],
])('an answer %j', async (typed, expected) => {
  const { input, shown, answer, asked } = terminal()
  await asked()
  input.write(typed)
  expect(await answer).toBe(expected)
  expect(shown.join('')).toMatch(/^the plan\n<all is out>.*Sure\?/)
})

test('the end of the input is an empty answer', async () => {
  const { input, answer, asked } = terminal()
  await asked()
  input.end()
  expect(await answer).toBe('')
})

test('Ctrl-C at a question calls `interrupted`', async () => {
  const { input, stop, answer, asked } = terminal()
  const rejected = expect(answer).rejects.toThrow()
  await asked()
  input.write('\x03')
  await rejected
  expect(stop.signal.aborted).toBe(true)
})

test('an abort rejects a question', async () => {
  const { stop, answer, asked } = terminal()
  const rejected = expect(answer).rejects.toThrow()
  await asked()
  stop.abort()
  await rejected
})

test('a line is one line, and foreign texts in lines and questions are escaped', async () => {
  const { input, shown, answer, asked } = terminal(
    'v1\x1b[2J\u202e\n  ok       forged',
    'Sure\x1b[2J? ',
  )
  await asked()
  input.write('no\n')
  expect(await answer).toBe('no')
  expect(shown[0]).toBe('v1\\u001b[2J\\u202e   ok       forged\n')
  expect(shown.join('')).toContain('Sure\\u001b[2J?')
})

test('lines past the log are escaped, and keep their line breaks', () => {
  const output = new PassThrough()
  printTo(output, 'Corefile:1: \x1b[2J\n    ^')
  expect(String(output.read())).toBe('Corefile:1: \\u001b[2J\n    ^\n')
})

test('a text that is longer than the buffer of the writer is shown as a whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'out')
  const writer = createLogWriter({ fd: openSync(file, 'w') })
  const { signal } = new AbortController()
  const terminal = { show: writer.writeFormatted, flush: writer.flush }
  const text = `${'0123456789'.repeat(1_000_000)}end\n`
  await showAll(terminal, text, signal)
  await writer.close(5000)
  expect(readFileSync(file, 'utf8') === text).toBe(true)
})
