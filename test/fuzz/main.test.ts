// `npm run test:fuzz` as a user runs it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

function start(...args: readonly string[]) {
  const flags = ['--experimental-ffi', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, MAIN, ...args], { stdio: ['ignore', 'pipe', 2] })
  let output = ''
  child.stdout!.on('data', (chunk) => {
    output += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, output }))
  return { child, ended, output: () => output }
}

test('a run ends with a summary and exit code 0', async () => {
  const { code, output } = await start('--packets', '3000', '--seed', '9', 'parser').ended
  expect(output).toMatch(/^fuzz: seed 9\n/)
  expect(output).toMatch(/fuzz: ended after 3,\d{3} packets, 0 findings, seed 9\n$/)
  expect(code).toBe(0)
})

test('SIGINT ends a run with a summary and exit code 130', async () => {
  const { child, ended } = start('--packets', '1e12', 'parser')
  await once(child.stdout!, 'data')
  child.kill('SIGINT')
  const { code, output } = await ended
  expect(output).toMatch(/fuzz: interrupted after [\d,]+ packets, 0 findings/)
  expect(code).toBe(130)
})

test('a wrong command line ends with exit code 2', async () => {
  expect((await start('nobody').ended).code).toBe(2)
})
