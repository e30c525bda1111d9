// The exit codes of `clusterset-dns explain` for what keeps it from looking.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { explainErrorCode } from '../../../src/cli/explain/explain-command.ts'
import { CodedError } from '../../../src/errors.ts'
import { runCli } from '../../support/run-cli.ts'

test.each([
  [new CodedError('FLEET_CONFIG', 'fleet.yaml: is a directory'), 2],
  [new CodedError('FLEET_API', 'is the fleet reachable?'), 3],
  [new DOMException('no answer in 10 s', 'TimeoutError'), 3],
  [new TypeError('terminated'), 3],
])('%s: exit code %d', (error, code) => {
  expect(explainErrorCode(error)).toBe(code)
})

test('a fleet that ends in the middle of its answer: exit code 3', async () => {
  const server = createServer((_, response) => {
    response.write('{"links":', () => response.destroy())
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { code, stdout, stderr } = await runCli(['explain', 'web.shop', '--fleet', url])
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/explain\.json.*is the fleet reachable\?/)
}, 60_000)
