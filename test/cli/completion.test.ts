// The completion scripts in the shells themselves, and the manual page through groff.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { completionScript } from '../../src/cli/completion.ts'
import { manualPage } from '../../src/cli/manual.ts'
import { describeWithProgram } from '../support/needs.ts'

/** Command line -> words that must be proposed, and words that must not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['clusterset-dns ', ['serve', 'fleet', 'completion', 'version'], ['leave', '-conf']],
  ['clusterset-dns f', ['fleet'], ['serve']],
  ['clusterset-dns fleet ', ['check', 'leave', 'join'], ['serve']],
  ['clusterset-dns fleet l', ['leave'], ['check']],
  [
    'clusterset-dns fleet leave --',
    ['--all', '--yes', '--dry-run', '--config'],
    ['--listen', '-conf'],
  ],
  ['clusterset-dns fleet --', ['--dry-run', '--listen'], ['--all']],
  ['clusterset-dns fleet --import-mode ', ['manual', 'auto'], ['check']],
  ['clusterset-dns check -', ['-conf', '-dns.port'], ['--config', '-pidfile']],
  ['clusterset-dns demo -', ['-dns.port', '-quiet'], ['-conf']],
  ['clusterset-dns serve -transport ', ['auto', 'mmsg', 'dgram'], ['-conf']],
  ['clusterset-dns -', ['-conf'], ['--config']],
  ['clusterset-dns completion ', ['bash', 'zsh', 'fish'], ['serve']],
  ['kubectl-clusterset fleet l', ['leave'], ['check']],
]

type Complete = (line: string) => readonly string[]

function proposes(complete: Complete): void {
  test.each(CASES)('%j', (line, wanted, unwanted) => {
    const words = complete(line)
    expect(words).toEqual(expect.arrayContaining([...wanted]))
    for (const word of unwanted) expect(words).not.toContain(word)
  })
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

/** Ends with what the script of bash puts into COMPREPLY for the last word. */
function bashProgram(line: string): string {
  const words = line.split(' ').map((word) => `'${word}'`)
  return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _clusterset_dns
printf '%s\\n' "\${COMPREPLY[@]}"`
}

describe('the script of bash proposes for', () => {
  proposes((line) => {
    const script = `${completionScript('bash')}\n${bashProgram(line)}`
    return lines(execFileSync('bash', ['-c', script], { encoding: 'utf8' }))
  })

  test.each([
    ['clusterset-dns -conf Corefile.ex', []],
    ['clusterset-dns fleet --log-format = c', ['coredns']],
    ['clusterset-dns -transport = ', ['auto', 'mmsg', 'dgram', 'single']],
    ['clusterset-dns -conf check -q', ['-quiet']],
    ['clusterset-dns -conf Corefile ', []],
    ['clusterset-dns fleet --config check l', ['leave']],
  ])('%j: %j', (line, words) => {
    const script = `${completionScript('bash')}\n${bashProgram(line)}`
    expect(lines(execFileSync('bash', ['-c', script], { encoding: 'utf8' }))).toEqual(words)
  })
})

describeWithProgram('zsh', (file) => {
  const folder = mkdtempSync(join(tmpdir(), 'zsh-'))
  // The function of bash runs in zsh, where arrays would start at 1, as bashcompinit runs it.
  proposes((line) => {
    const run = `emulate -L sh; setopt kshglob noshglob braceexpand; ${bashProgram(line)}`
    const script = `${completionScript('zsh')}\nwrapped() { ${run}\n}; wrapped`
    const { stdout, stderr } = spawnSync(file, ['-f', '-c', script], {
      encoding: 'utf8',
      // compinit writes a file there.
      env: { ...process.env, HOME: folder },
    })
    expect(stderr).toBe('')
    // zsh filters the words by what is typed; its compgen does not.
    return lines(stdout).filter((word) => word.startsWith(line.split(' ').at(-1)!))
  })
})

describeWithProgram('fish', (file) => {
  proposes((line) => {
    const script = `${completionScript('fish')}\ncomplete -C '${line}'`
    const { stdout, stderr } = spawnSync(file, ['--no-config', '-c', script], { encoding: 'utf8' })
    expect(stderr).toBe('')
    return lines(stdout).map((proposal) => proposal.split('\t')[0]!)
  })
})

describeWithProgram('groff', (file) => {
  test('the manual page has every command and flag, and no warning', () => {
    const { stdout, stderr } = spawnSync(file, ['-man', '-Tascii', '-ww', '-P-cbou', '-rLL=200n'], {
      encoding: 'utf8',
      input: manualPage('0.1.0'),
    })
    expect(stderr).toBe('')
    for (const { words, flags, dash } of commands) {
      expect(stdout).toContain(words.join(' '))
      for (const { names } of flags) expect(stdout).toContain(`${dash}${names[0]}`)
    }
  })
})
