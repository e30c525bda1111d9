// The addresses of `health`, `ready` and `prometheus`.
import { describe, expect, test } from 'vitest'
import { configOf } from '../support/config.ts'

const TOO_LARGE = 'invalid port; write a number from 0 to 65535'
const UNKNOWN = 'unknown port; write a number from 0 to 65535'

describe.each(['health', 'ready', 'prometheus'])('%s refuses', (plugin) => {
  test.each([
    ['127.0.0.1:99999999', `listen tcp: address 99999999: ${TOO_LARGE}`],
    [':65536', `listen tcp: address 65536: ${TOO_LARGE}`],
    ['127.0.0.1:xx', `listen tcp: lookup tcp/xx: ${UNKNOWN}`],
    ['127.0.0.1:-1', `listen tcp: lookup tcp/-1: ${UNKNOWN}`],
    ['127.0.0.1:1e3', `listen tcp: lookup tcp/1e3: ${UNKNOWN}`],
    ['[::1]:0x50', `listen tcp: lookup tcp/0x50: ${UNKNOWN}`],
  ])('%s with file and line', (address, message) => {
    expect(() => configOf(`. {\n${plugin} ${address}\n}\n`)).toThrow(
      `plugin/${plugin}: Corefile:2 - Error during parsing: ${message}`,
    )
  })
})

test('ports from 0 to 65535, and none, are ports', () => {
  for (const port of ['0', '65535', '']) {
    expect(() => configOf(`. {\nready 127.0.0.1:${port}\n}\n`)).not.toThrow()
  }
})
