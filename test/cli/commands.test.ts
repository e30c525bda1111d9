import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CLI } from '../support/build.ts'
import { runCli } from '../support/run-cli.ts'

function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'cli-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

describe('the command', () => {
  test.each([
    ['-version', ['-version'], /^clusterset-dns-\d+\.\d+\.\d+\nlinux\/\w+, node v\d+/],
    ['--help', ['--help'], /^Usage: clusterset-dns/],
    ['-plugins', ['-plugins'], /^Directives:\n {2}root\n[\s\S]* {2}forward\n/],
    ['check --help', ['check', '--help'], /^Usage/],
  ])('%s prints its text and exits with 0', async (_name, args, text) => {
    const { code, stdout } = await runCli(args)
    expect(stdout).toMatch(text)
    expect(code).toBe(0)
  })

  test('an unknown flag exits with 2 and prints the usage', async () => {
    const { code, stderr } = await runCli(['-nope'])
    expect(stderr).toMatch(/^flag provided but not defined: -nope\nUsage/)
    expect(code).toBe(2)
  })

  test.each(['serve', 'check'])('%s: a missing -conf file exits with 1', async (command) => {
    const { code, stderr } = await runCli([command, '-conf', '/nowhere/Corefile'])
    expect(stderr).toBe(
      'loading Caddyfile via flag: open /nowhere/Corefile: no such file or directory\n',
    )
    expect(code).toBe(1)
  })

  test("an invalid Corefile exits with 1 and CoreDNS' error text", async () => {
    const cwd = folder({ Corefile: '. {\n    whoami\n    forwrd . 1.1.1.1\n}\n' })
    const { code, stderr } = await runCli([], { cwd })
    expect(stderr).toBe(
      "Corefile:3 - Error during parsing: Unknown directive 'forwrd'\ndid you mean forward?\n",
    )
    expect(code).toBe(1)
  })

  test('a missing manifests folder is in the error', async () => {
    const text = '.:0 {\nbind 127.0.0.1\nmulticluster clusterset.local {\nmanifests nowhere\n}\n}\n'
    const { code, stderr } = await runCli(['-conf', 'stdin'], { input: text })
    expect(stderr).toContain('manifests nowhere: the folder cannot be read')
    expect(code).toBe(1)
  })
})

describe('check', () => {
  test('explains each line', async () => {
    const text = 'clusterset.local:1053 {\n  bind 127.0.0.1\n  multicluster {\n    ttl 30\n  }\n}\n'
    const { code, stdout } = await runCli(['check', '-conf', 'Corefile'], {
      cwd: folder({ Corefile: text }),
    })
    expect(stdout).toMatch(/^Corefile:1: serves clusterset\.local\. on port 1053 of 127\.0\.0\.1/)
    expect(stdout).toMatch(/^Corefile:3: multicluster: .*30/m)
    expect(code).toBe(0)
  })

  test('-o json and -o yaml print one document', async () => {
    const Corefile =
      'example.org {\n  multicluster clusterset.local {\n    kubeconfig /no/file\n  }\n}\n'
    const cwd = folder({ Corefile })
    const { code, stdout, stderr } = await runCli(['check', '-o', 'json'], { cwd })
    expect(stderr).toBe('')
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({
      apiVersion: 'clusterset-dns.io/v1',
      kind: 'CorefileCheck',
      file: 'Corefile',
      default: false,
      valid: true,
      errors: [],
      lines: [
        { file: 'Corefile', line: 1, text: expect.stringMatching(/^serves /), warnings: [] },
        {
          file: 'Corefile',
          line: 2,
          text: expect.stringMatching(/^multicluster: /),
          warnings: [
            expect.stringMatching(/^no name in clusterset\.local\. reaches multicluster/),
            expect.stringMatching(/^on this machine \/no\/file cannot be read/),
          ],
        },
      ],
    })
    expect(code).toBe(0)
    const yaml = await runCli(['check', '--output=yaml'], { cwd })
    expect(parse(yaml.stdout)).toEqual(document)
  })

  test('-o json has the errors, with what was probably meant', async () => {
    const input = '. {\n  cahce 30\n  ready :99999\n}\n'
    const { code, stdout, stderr } = await runCli(['check', '-conf', 'stdin', '-o', 'json'], {
      input,
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      errors: [
        {
          file: '/dev/stdin',
          line: 2,
          column: 3,
          message: "/dev/stdin:2 - Error during parsing: Unknown directive 'cahce'",
          meant: 'cache',
        },
        { line: 3, meant: null },
      ],
      lines: [],
    })
    expect(code).toBe(1)
  })

  test('-o of another format is refused', async () => {
    const { code, stderr } = await runCli(['check', '-o', 'wide'])
    expect(stderr).toContain('invalid value "wide" for -output: must be json or yaml')
    expect(code).toBe(2)
  })

  test('shows the line of an error with a caret under the token', async () => {
    const { code, stderr } = await runCli(['check', '-conf', 'stdin'], {
      input: '. {\n    errors\n    cahce 30\n}\n',
    })
    expect(stderr).toBe(
      "/dev/stdin:3 - Error during parsing: Unknown directive 'cahce'\n    cahce 30\n    ^ did you mean cache?\n",
    )
    expect(code).toBe(1)
  })

  test('reports a directive that only CoreDNS supports', async () => {
    const { code, stderr } = await runCli(['check', '-conf', 'stdin'], {
      input: '. {\n  erratic\n}\n',
    })
    expect(stderr).toContain('known to CoreDNS, not yet supported here')
    expect(code).toBe(1)
  })

  test('reports all errors, each with file and line', async () => {
    const input =
      '. {\n  bogus {\n    a\n  }\n  health 8080\n  ready :99999\n  reload 1ms\n}\nexample.org:x: {\n}\n'
    const { code, stderr } = await runCli(['check', '-conf', 'stdin'], { input })
    const lines = stderr.split('\n').filter((line) => line.includes('/dev/stdin:'))
    expect(lines.map((line) => /\/dev\/stdin:(\d+)/.exec(line)?.[1])).toEqual([
      '2',
      '5',
      '6',
      '7',
      '9',
    ])
    expect(code).toBe(1)
  })

  test('says that there is no Corefile', async () => {
    const { code, stdout } = await runCli(['check'], { cwd: folder({}) })
    expect(stdout).toMatch(/^There is no Corefile in .*; -conf FILE names another one\n/)
    expect(stdout).toContain("no server block: CoreDNS' default")
    expect(code).toBe(0)
  })

  test.each([
    ['kubeconfig /no/file', '/no/file cannot be read'],
    ['manifests /no/folder', 'manifests /no/folder: the folder cannot be read'],
    ['ttl 5', 'unable to load in-cluster configuration'],
  ])('warns of what is missing on this machine: %s', async (option, reason) => {
    const input = `. {\n  multicluster clusterset.local {\n    ${option}\n  }\n}\n`
    const { code, stderr } = await runCli(['check', '-conf', 'stdin'], { input })
    expect(stderr).toContain(`/dev/stdin:2: WARNING: on this machine ${reason}`)
    expect(code).toBe(0)
  })

  test('warns of a directive that gets no name of its zone', async () => {
    const input = 'example.org:53 {\n  multicluster clusterset.local {\n    manifests .\n  }\n}\n'
    const { code, stdout, stderr } = await runCli(['check', '-conf', 'stdin'], { input })
    expect(stdout).toContain('; gets no names in clusterset.local.\n')
    expect(stderr).toBe(
      '/dev/stdin:2: WARNING: no name in clusterset.local. reaches multicluster: ' +
        'its server block gets only names in example.org.\n',
    )
    expect(code).toBe(0)
  })

  test('accepts Corefile.example', async () => {
    const { code, stderr } = await runCli(['check', '-conf', 'Corefile.example'])
    expect(stderr).not.toContain('Error')
    expect(code).toBe(0)
  })
})

test.each([
  '--help',
  '--version',
  '--plugins',
  'help fleet',
  'man',
  'completion bash',
  'version',
  'fleet --help',
  'check -conf Corefile.example',
])('%s prints no stack trace when the reader of its output is gone', (args) => {
  const script = `{ sleep 0.2; "${process.execPath}" "${CLI}" ${args}; } | true`
  const { stderr } = spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8' })
  // `check` warns that this machine is no pod.
  expect(stderr.replaceAll(/^Corefile\.example:\d+: WARNING: .*\n/gm, '')).toBe('')
})

test.each(['help', 'check -conf Corefile.example'])(
  '%s says that its output cannot be written, and fails',
  (args) => {
    const script = `"${process.execPath}" "${CLI}" ${args} > /dev/full`
    const { stderr, status } = spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8' })
    expect(stderr.replaceAll(/^Corefile\.example:\d+: WARNING: .*\n/gm, '')).toMatch(
      /^the output cannot be written: ENOSPC.*\n$/,
    )
    expect(status).toBe(1)
  },
)
