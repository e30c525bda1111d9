// The command line of `verify`: what it accepts, and the text of each refusal.
import { describe, expect, test } from 'vitest'
import { parseVerifyFlags } from '../../../src/cli/verify/verify-flags.ts'
import { version } from '../../../src/version.ts'
import { runCli } from '../../support/run-cli.ts'

const TWO = ['--kubeconfig', 'kubeconfig', '--contexts', 'east,west']

test('the first context exports, the second imports', () => {
  const flags = parseVerifyFlags(TWO)
  expect(flags?.config.members.map(({ id }) => id)).toEqual(['east', 'west'])
  expect(flags).toMatchObject({ image: `clusterset-dns:${version}`, timeoutMs: 60_000 })
})

test.each([
  [['--no-pods'], { image: undefined }],
  [['--image', 'registry/x:1'], { image: 'registry/x:1' }],
  [['--timeout', '1m30s'], { timeoutMs: 90_000 }],
  [['--dns', '10.0.0.1:1053'], { dns: { host: '10.0.0.1', port: 1053 } }],
  [['--cluster-dns', '10.0.0.10'], { clusterDns: { host: '10.0.0.10', port: 53 } }],
  [['-o', 'yaml'], { format: 'yaml' }],
])('%j', (args, expected) => {
  expect(parseVerifyFlags([...TWO, ...args])).toMatchObject(expected)
})

test.each([
  [[], 'no clusters given: use --contexts A,B'],
  [['--contexts', 'east'], '--contexts is "east", not two'],
  [['--contexts', 'a,b,c'], '--contexts is "a,b,c", not two'],
  [['--contexts', 'a,a'], 'two members have the id "a"'],
  [[...TWO, 'more'], 'unexpected argument "more"'],
  [[...TWO, '--no-pods', '--image', 'x'], 'use either --image or --no-pods'],
  [[...TWO, '--image', ''], '--image is empty'],
  [[...TWO, '--timeout', '0s'], '--timeout is "0s", not a duration'],
  [[...TWO, '--timeout', 'soon'], '--timeout is "soon", not a duration'],
  [[...TWO, '--dns', 'host:0'], '--dns is "host:0", not HOST or HOST:PORT'],
  [[...TWO, '-o', 'wide'], '--output is "wide", not json or yaml'],
])('%j is refused', (args, text) => {
  expect(() => parseVerifyFlags(args)).toThrow(text)
})

describe('the exit code is', () => {
  test('2 for a wrong command line', async () => {
    expect(await runCli(['verify'])).toMatchObject({ code: 2, stdout: '' })
  })

  test('3 when no cluster can be reached, and nothing is created', async () => {
    const args = ['--kubeconfig', '/nowhere', '--contexts', 'east,west']
    const { code, stdout } = await runCli(['verify', ...args])
    expect(stdout).toMatch(/^not looked at +cluster +east +\d+\.\d\d s +CREDENTIALS: .*\/nowhere/)
    expect(stdout).toMatch(/^not looked at +cluster +west /m)
    expect(stdout).toMatch(/^not looked at: leftovers, .*, connect: It needs cluster at east\.$/m)
    expect(stdout).not.toContain('cleanup')
    expect(code).toBe(3)
  })
})
