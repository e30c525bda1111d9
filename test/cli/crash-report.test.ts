// An exception that nothing catches ends the process with its stack trace alone.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

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
