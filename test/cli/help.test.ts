// The help of the command line and of its commands, and what is proposed for mistyped words.
import { describe, expect, test } from 'vitest'
import { spellings } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { DEFAULT_LISTEN, fleetFlagTable } from '../../src/cli/fleet-flag-table.ts'
import { helpText } from '../../src/cli/help.ts'
import { defaultSettings } from '../../src/fleet/config.ts'
import { runCli } from '../support/run-cli.ts'

describe('the help', () => {
  test('of the command line lists all commands and the flags of the default one', () => {
    const text = helpText()
    for (const { words, summary } of commands) {
      expect(text).toMatch(new RegExp(`^  ${words.join(' ')} +${escaped(summary)}$`, 'm'))
    }
    for (const flag of ['-conf FILE', '-dns.port, -p PORT', '-pidfile FILE', '-quiet', '-plugins'])
      expect(text).toContain(flag)
  })

  test.each(commands)('of $words has its usage and its flags', (command) => {
    const text = helpText(command)
    expect(text).toMatch(new RegExp(`^Usage: clusterset-dns ${command.words.join(' ')}`))
    for (const flag of command.flags) {
      for (const name of spellings(flag, command.dash)) expect(text).toContain(name)
    }
  })

  test('of a command of the fleet has no flag of another one', () => {
    const leave = commands.find(({ words }) => words.join(' ') === 'fleet leave')
    expect(helpText(leave)).not.toContain('--install-crds')
    expect(helpText(leave)).not.toContain('--exit-code')
  })

  test('names the default of listen', () => {
    expect(DEFAULT_LISTEN).toBe(defaultSettings.listen)
    expect(fleetFlagTable.listen.help).toContain(defaultSettings.listen)
  })
})

describe('the command line', () => {
  test.each([
    [['help'], helpText()],
    [['help', 'serve'], /^Usage: clusterset-dns serve \[flags\]\n/],
    [['serve', '--help'], /^Usage: clusterset-dns serve \[flags\]\n/],
    [['help', 'fleet', 'leave'], /^Usage: clusterset-dns fleet leave /],
    [['fleet', 'leave', '--help'], /^Usage: clusterset-dns fleet leave /],
    [['version'], /^clusterset-dns-\d+\.\d+\.\d+\n/],
    [['version', '--help'], /^Usage: clusterset-dns version /],
    [['version', '-o', 'yaml'], /^apiVersion: .*\nkind: Version\nversion: \d+\.\d+\.\d+\n/],
    [['man'], /^\.TH CLUSTERSET-DNS 1 "" "clusterset-dns \d/],
    [['completion', 'bash'], /^_clusterset_dns\(\)/],
  ])('%j prints its text', async (args, text) => {
    const { code, stdout, stderr } = await runCli(args)
    expect(stderr).toBe('')
    expect(stdout).toMatch(text)
    expect(code).toBe(0)
  })

  test.each([
    [['serv'], 1, 'extra command line arguments: [serv]\ndid you mean serve?\n'],
    [['flete', 'check'], 1, 'extra command line arguments: [flete check]\ndid you mean fleet?\n'],
    [['bogus'], 1, 'extra command line arguments: [bogus]\n'],
    [['help', 'bogus'], 1, 'extra command line arguments: [bogus]\n'],
    [['help', 'fleet', 'go'], 2, 'fleet has no command "go"\n'],
    [['version', 'x'], 2, 'version: unexpected argument "x"\n'],
    [['version', '-o', 'wide'], 2, '--output is "wide", not json or yaml\n'],
    [['completion', 'tcsh'], 2, 'name one shell: completion bash|zsh|fish\n'],
    [['fleet', 'leav', 'x'], 2, /check, leave and join\nSee .*\ndid you mean leave\?\n$/],
    [
      ['fleet', '--contxts', 'a'],
      2,
      /^Unknown option '--contxts'[\s\S]*\ndid you mean --contexts\?\n$/,
    ],
    [['check', '-quiet'], 2, /^flag .*: -quiet\nUsage: clusterset-dns check /],
    [['-cofn', 'x'], 2, /^flag provided but not defined: -cofn\ndid you mean -conf\?\nUsage/],
  ])('%j exits with %i and its text', async (args, exitCode, text) => {
    const { code, stdout, stderr } = await runCli(args)
    if (typeof text === 'string') expect(stderr).toBe(text)
    else expect(stderr).toMatch(text)
    expect(stdout).toBe('')
    expect(code).toBe(exitCode)
  })
})

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
