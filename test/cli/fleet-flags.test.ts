// The command line of `clusterset-dns fleet`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseFleetFlags } from '../../src/cli/fleet-flags.ts'
import { configFields } from '../../src/fleet/config.ts'
import { policyFields } from '../../src/fleet/policy-config.ts'
import { runCli } from '../support/run-cli.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-flags-'))
  file = join(folder, 'fleet.yaml')
  await writeFile(file, 'members: [{id: a, kubeconfig: a.yaml}]\nimportMode: auto\n')
})
afterAll(() => rm(folder, { recursive: true }))

describe('the quick start', () => {
  test('makes a member of each context, with its name or a given id', () => {
    const flags = parseFleetFlags(['--kubeconfig', '/k', '--contexts', 'east,west=admin@WEST'])
    expect(flags?.config.members).toEqual([
      { id: 'east', spec: { kind: 'kubeconfig', file: '/k', context: 'east' } },
      { id: 'west', spec: { kind: 'kubeconfig', file: '/k', context: 'admin@WEST' } },
    ])
    expect(flags?.config.importMode).toBe('manual')
    expect(flags?.config.hub).toEqual(flags?.config.members[0]?.spec)
    expect(flags?.command).toBe('run')
  })

  describe('without --kubeconfig', () => {
    afterEach(() => void vi.unstubAllEnvs())
    const file = () => parseFleetFlags(['--contexts', 'a'])?.config.members[0]?.spec

    test.each([
      ['/k', '/k'],
      ['/k:', '/k'],
      ['', join(homedir(), '.kube', 'config')],
    ])('$KUBECONFIG %j is %s', (value, expected) => {
      vi.stubEnv('KUBECONFIG', value)
      expect(file()).toMatchObject({ file: expected })
    })

    test('$KUBECONFIG with several files is a list, and --kubeconfig names one file', () => {
      vi.stubEnv('KUBECONFIG', '/k::/l:/k')
      expect(file()).toMatchObject({ file: '/k', more: ['/l'] })
      const named = parseFleetFlags(['--contexts', 'a', '--kubeconfig', '/l'])
      expect(named?.config.members[0]?.spec).toEqual({
        kind: 'kubeconfig',
        file: '/l',
        context: 'a',
      })
    })
  })

  test('names of contexts may contain "="', () => {
    const flags = parseFleetFlags(['--kubeconfig', '/k', '--contexts', 'a=user=admin@a'])
    expect(flags?.config.members[0]).toMatchObject({ id: 'a', spec: { context: 'user=admin@a' } })
  })

  test.each([
    [[], 'no member clusters given: use --config'],
    [['--contexts', 'admin@WEST'], 'context "admin@WEST" gives the id "admin@WEST", not one'],
    [['--contexts', 'a,a=b'], 'two members have the id "a"'],
    [['--contexts', 'a='], '"a=" names no context'],
    [['--contexts', 'a', '--listen', '8090'], '--listen is "8090", not HOST:PORT or :PORT'],
    [['--contexts', 'a', '--listen', ':65536'], '--listen is ":65536", not HOST:PORT'],
    [['--config', 'f', '--contexts', 'a'], 'not both'],
    [['--contexts', 'a', '--import-mode', 'x'], '--import-mode is "x"'],
    [['--contexts', 'a', '--log-format', 'x'], '--log-format is "x"'],
    [['--contxts', 'a'], "Unknown option '--contxts'"],
    [
      ['chek', '--contexts', 'a'],
      'unexpected argument "chek"; the commands are check, leave and join',
    ],
    [['check', '--contexts', 'a', 'b'], 'unexpected argument "b"'],
    [
      ['check', '--contexts', 'a', '--dry-run'],
      '--dry-run is only valid with fleet without a command or fleet leave',
    ],
    [['--contexts', 'a', '-o', 'json'], '--output is only valid with --dry-run'],
    [['--contexts', 'a', '--exit-code'], '--exit-code is only valid with --dry-run'],
    [['--contexts', 'a', '--dry-run', '-o', 'wide'], '--output is "wide", not json or yaml'],
    [['--contexts', 'a', '--install-crds'], '--install-crds is only valid with fleet check'],
    [['leave', '--contexts', 'a', 'a', '-o', 'json'], '--output is only valid with --dry-run'],
    [
      ['join', '--contexts', 'a', 'a', '-o', 'json'],
      '--output is only valid with fleet without a command or fleet check or fleet leave',
    ],
    [['leave', '--contexts', 'a'], 'fleet leave: no cluster given: name its id, or use --all'],
    [['leave', '--contexts', 'a', '--all', 'a'], 'use either cluster ids or --all'],
    [['join', '--contexts', 'a'], 'fleet join: no cluster given: name its id'],
  ])('%j is rejected: %s', (args, message) => {
    expect(() => parseFleetFlags(args)).toThrow(message)
  })
})

test('leave and join take cluster ids', () => {
  const where = ['--contexts', 'a,b']
  expect(parseFleetFlags(['leave', 'a', 'b', '--yes', ...where])).toMatchObject({
    command: 'leave',
    clusters: ['a', 'b'],
    yes: true,
  })
  expect(parseFleetFlags(['leave', '--all', ...where])).toMatchObject({ all: true, clusters: [] })
  expect(parseFleetFlags(['join', 'a', ...where])).toMatchObject({ command: 'join' })
})

test('the command may follow the flags', () => {
  const where = ['--contexts', 'a,b']
  expect(parseFleetFlags([...where, 'check'])).toMatchObject({ command: 'check' })
  expect(parseFleetFlags([...where, 'leave', 'b'])).toMatchObject({
    command: 'leave',
    clusters: ['b'],
  })
})

test('flags override the file', () => {
  const flags = parseFleetFlags(['--config', file, '--import-mode', 'manual', '--listen', ':1'])
  expect(flags?.config).toMatchObject({
    members: [{ id: 'a', spec: { kind: 'kubeconfig', file: join(folder, 'a.yaml') } }],
    importMode: 'manual',
    exportLimits: { ports: 1000, endpoints: 5000, backends: 50_000 },
    listen: ':1',
  })
})

describe('the command', () => {
  test('shows its usage', async () => {
    const { code, stdout } = await runCli(['fleet', '--help'])
    for (const field of [...configFields, ...policyFields]) expect(stdout).toContain(field)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: clusterset-dns fleet --config FILE/)
  })

  test('a wrong command line exits with 2', async () => {
    const { code, stderr } = await runCli(['fleet', '--contexts', 'a', '--import-mode', 'x'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^--import-mode is "x"/)
  })

  test('a missing configuration file is named', async () => {
    const { code, stderr } = await runCli(['fleet', '--config', 'missing.yaml'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^missing\.yaml: cannot be read: ENOENT/)
  })

  test('a dry run without a reachable cluster reports the reason and fails', async () => {
    const { code, stderr } = await runCli(['fleet', '--config', file, '--dry-run'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/the hub cannot be used: .*a\.yaml cannot be read/)
  }, 60_000)
})
