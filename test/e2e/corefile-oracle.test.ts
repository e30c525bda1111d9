// The tables of test/corefile/cases with the real CoreDNS 1.14.7 and with `loadConfig`: both return the same error, or
// serve the same zones with the same warnings and `reload` hash.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CorefileError } from '../../src/corefile/error.ts'
import { realFiles } from '../../src/corefile/files.ts'
import { loadConfig } from '../../src/plugins/load.ts'
import type { Case } from '../corefile/cases/case.ts'
import { tables } from '../corefile/cases/index.ts'
import {
  coreDnsSpelling,
  corefileCorpus,
  corpusFiles,
  onLoopback,
} from '../support/corefile-corpus.ts'
import { describeWithTools } from '../support/e2e.ts'

interface Outcome {
  readonly error?: string
  readonly zones: readonly string[]
  readonly warnings: readonly string[]
  readonly hash?: string
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin' }

describeWithTools('Corefiles compared with the real CoreDNS', ({ coredns }) => {
  for (const [theme, cases] of Object.entries(tables)) {
    describe(theme, () => {
      test.concurrent.each(cases)('$name', { timeout: 30_000 }, async (row) => {
        const folder = await prepare(row)
        try {
          const theirs = await runCoreDns(coredns, row, folder)
          const ours = load(row, folder)
          if (row.unsupported !== undefined) {
            expect(theirs.error ?? '').not.toContain('rror during parsing')
            expect(ours.error).toBe(row.unsupported)
            return
          }
          expect(theirs.error).toBe(row.error)
          expect(ours.error).toBe(theirs.error)
          if (theirs.error !== undefined) return
          expect(ours.zones).toEqual(theirs.zones)
          expect(ours.warnings.filter((line) => !/ has no effect: /.test(line))).toEqual(
            theirs.warnings.filter((line) => !line.includes('unsynced Kubernetes API')),
          )
          if (theirs.hash !== undefined) expect(ours.hash).toBe(theirs.hash)
        } finally {
          await rm(folder, { recursive: true, force: true })
        }
      })
    })
  }
})

// The directives that are missing here must be those that only CoreDNS has: it starts every file.
describeWithTools('Corefiles of clusters', ({ coredns }) => {
  test.concurrent.each(corefileCorpus())(
    'CoreDNS starts $name',
    { timeout: 30_000 },
    async ({ name, text }) => {
      const row = { name, corefile: coreDnsSpelling(onLoopback(text)), files: corpusFiles }
      const folder = await prepare(row)
      try {
        const { error, zones } = await runCoreDns(coredns, row, folder)
        expect(error).toBeUndefined()
        expect(zones).not.toEqual([])
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})

async function prepare(row: Case): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'corefile-')))
  for (const [name, text] of Object.entries({ Corefile: row.corefile, ...row.files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

// CoreDNS exits with an error, or is killed once it serves.
async function runCoreDns(program: string, row: Case, folder: string): Promise<Outcome> {
  const child = spawn(program, ['-conf', 'Corefile', '-dns.port=0'], {
    cwd: folder,
    env: { ...ENVIRONMENT, ...row.env },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data
    // The zones and the hash are printed before the version.
    if (/^CoreDNS-\d.*\n/m.test(output)) child.kill('SIGKILL')
  })
  child.stderr.on('data', (data: Buffer) => {
    errors += data
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', reject)
  })
  expect(code, output + errors).toBeOneOf([1, null])
  const lines = output.split('\n')
  const hash = /Running configuration SHA512 = (\w+)/.exec(output)?.[1]
  return {
    ...(code === 1 ? { error: shown(errors.replace(/\n$/, ''), folder) } : {}),
    // CoreDNS prints a line for each socket; multisocket has several.
    zones: [...new Set(lines.filter((line) => /^\S+:\d+(?: on \S+)?$/.test(line)))].sort(),
    warnings: lines.flatMap((line) => /^\[WARNING\] (.*)$/.exec(line)?.[1] ?? []),
    ...(hash === undefined ? {} : { hash }),
  }
}

function load(row: Case, folder: string): Outcome {
  try {
    const { groups, warnings, hash } = loadConfig({
      file: 'Corefile',
      text: row.corefile,
      port: 0,
      env: { ...ENVIRONMENT, ...row.env },
      files: realFiles,
      cwd: folder,
    })
    const zones = groups.flatMap((group) => {
      const where = `${group.port}${group.address === '' ? '' : ` on ${group.address}`}`
      return group.zones.map(({ zone }) => `${zone}:${where}`)
    })
    return { zones: zones.sort(), warnings, hash }
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error
    return { error: shown(error.message, folder), zones: [], warnings: [] }
  }
}

function shown(message: string, folder: string): string {
  return message.replaceAll(folder, '/DIR')
}
