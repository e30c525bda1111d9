// The command line of `explain`: what it accepts, and the text of each refusal.
import { describe, expect, test } from 'vitest'
import { parseExplainFlags } from '../../../src/cli/explain/explain-flags.ts'
import { runCli } from '../../support/run-cli.ts'

const CLUSTERS = ['--kubeconfig', 'kubeconfig', '--contexts', 'east,west']

describe('explain', () => {
  test('needs a name and clusters', () => {
    expect(parseExplainFlags(['web.shop', ...CLUSTERS])).toMatchObject({
      target: { name: 'web', namespace: 'shop', zone: 'clusterset.local' },
      rightsOf: 'account',
      dns: undefined,
      clusterDns: undefined,
      format: 'text',
    })
  })

  test.each([
    ['10.0.0.1', { host: '10.0.0.1', port: 53 }],
    ['10.0.0.1:1053', { host: '10.0.0.1', port: 1053 }],
    ['dns.example.org:53', { host: 'dns.example.org', port: 53 }],
    ['fd00::1', { host: 'fd00::1', port: 53 }],
    ['[fd00::1]:1053', { host: 'fd00::1', port: 1053 }],
  ])('--dns %s', (text, server) => {
    expect(parseExplainFlags(['web.shop', ...CLUSTERS, '--dns', text])?.dns).toEqual(server)
  })

  test.each([
    [[], 'no NAME given'],
    [['web'], '"web" names no service in a namespace: use SERVICE.NAMESPACE'],
    [['web.shop', 'more'], 'unexpected argument "more"'],
    [['web.shop'], 'use --config FILE, --contexts A,B or --fleet URL'],
    [['web.shop', ...CLUSTERS, '--dns', 'host:0'], '--dns is "host:0", not HOST or HOST:PORT'],
    [['web.shop', ...CLUSTERS, '--dns', ':53'], '--dns is ":53"'],
    [['web.shop', ...CLUSTERS, '--cluster-dns', '1.2.3.4:x'], '--cluster-dns is "1.2.3.4:x"'],
    [['web.shop', ...CLUSTERS, '-o', 'wide'], '--output is "wide", not json or yaml'],
    [['web.shop', ...CLUSTERS, '--form', 'west'], "Unknown option '--form'"],
  ])('%j is refused', (args, text) => {
    expect(() => parseExplainFlags(args)).toThrow(text)
  })
})

describe('the exit code is', () => {
  test.each([
    [2, 'for a wrong command line', ['web'], /names no service/],
    [
      2,
      'for an unknown --from',
      ['web.shop', ...CLUSTERS, '--from', 'wets'],
      /--from is "wets", not one of the clusters: east, west\ndid you mean west\?/,
    ],
    [
      2,
      'for a configuration that cannot be read',
      ['web.shop', '--config', '/nowhere'],
      /\/nowhere: cannot be read/,
    ],
  ])('%i %s', async (code, _name, args, stderr) => {
    const result = await runCli(['explain', ...args])
    expect(result.stderr).toMatch(stderr)
    expect(result).toMatchObject({ code, stdout: '' })
  })

  test('3 when no cluster can be reached', async () => {
    const args = ['--kubeconfig', '/nowhere', '--contexts', 'east,west']
    const { code, stdout } = await runCli(['explain', 'web.shop', ...args])
    expect(stdout).toMatch(/^shop\/web: no link is broken, but 2 could not be looked at\n/)
    expect(stdout).toMatch(/^not looked at {2}cluster +west +west does not answer: .*\/nowhere/m)
    expect(code).toBe(3)
  })
})
