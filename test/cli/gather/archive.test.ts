// The support archive as a file: tar reads it, it is never overwritten, and no half of it stays.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeArchive } from '../../../src/cli/gather/archive.ts'
import { fileName } from '../../../src/cli/gather/read-cluster.ts'
import { type ArchiveFile, tarBlocks } from '../../../src/cli/gather/tar.ts'
import { startChild } from '../../support/child.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function* each(...files: readonly ArchiveFile[]) {
  yield* files
}

test('tar extracts each file with its bytes and its time', async () => {
  const path = join(folder, 'a.tar.gz')
  const long = `root/${'f'.repeat(90)}/${'g'.repeat(50)}/${'n'.repeat(100)}`
  const files: readonly ArchiveFile[] = [
    { path: 'root/empty', content: '' },
    { path: 'root/block', content: 'x'.repeat(512) },
    { path: 'root/text', content: 'ä\n'.repeat(10_000) },
    { path: long, content: 'long' },
  ]
  await writeArchive(path, () => each(...files), 1_700_000_000)
  const listed = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' })
  expect(listed.trim().split('\n')).toEqual(files.map((file) => file.path))
  execFileSync('tar', ['-xzf', path, '-C', folder])
  for (const file of files) {
    expect(await readFile(join(folder, file.path), 'utf8')).toBe(file.content)
    expect((await stat(join(folder, file.path))).mtimeMs).toBe(1_700_000_000_000)
  }
  // Only its owner may read the archive.
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a path that does not fit is refused, not cut', () => {
  const path = `${'f'.repeat(160)}/name`
  expect(() => tarBlocks({ path, content: '' }, 0)).toThrow(/is too long for the archive/)
})

describe('the file', () => {
  test('is not overwritten when it exists', async () => {
    const path = join(folder, 'mine')
    await writeFile(path, 'mine')
    await expect(writeArchive(path, () => each(), 0)).rejects.toMatchObject({
      code: 'GATHER',
      message: `${path} cannot be written: it exists already; name another file with -o`,
    })
    expect(await readFile(path, 'utf8')).toBe('mine')
  })

  test('cannot be in a folder that does not exist', async () => {
    const path = join(folder, 'no', 'folder')
    await expect(writeArchive(path, () => each(), 0)).rejects.toMatchObject({
      code: 'GATHER',
      message: expect.stringContaining('ENOENT'),
    })
  })

  test('is removed when its content ends with an error', async () => {
    async function* broken() {
      yield { path: 'a', content: 'x'.repeat(100_000) }
      throw new Error('interrupted')
    }
    const path = join(folder, 'half')
    await expect(writeArchive(path, broken, 0)).rejects.toThrow('interrupted')
    expect(await readdir(folder)).not.toContain('half')
  })
})

test('an unfinished file is removed when the process exits, as by a second Ctrl-C', async () => {
  const path = join(folder, 'exit.tar.gz')
  const module = join(import.meta.dirname, '../../../src/cli/gather/archive.ts')
  const script = `import { existsSync } from 'node:fs'
    import { writeArchive } from ${JSON.stringify(module)}
    async function* files() {
      yield { path: 'a', content: 'x'.repeat(100_000) }
      console.log('there: ' + existsSync(${JSON.stringify(path)}))
      process.exit(130)
    }
    await writeArchive(${JSON.stringify(path)}, files, 0)`
  const child = startChild('gather', process.execPath, ['--input-type=module', '-e', script])
  await child.ended
  expect(child.output()).toBe('there: true\n')
  expect(child.exitCode()).toBe(130)
  expect(await readdir(folder)).not.toContain('exit.tar.gz')
})

test.each([
  ['web-1', 'web-1'],
  ['../../etc/passwd', '_._.._etc_passwd'],
  ['a/b', 'a_b'],
  ['x'.repeat(50), `${'x'.repeat(29)}-`],
])('the name %j is no folder, and short', (name, start) => {
  const shown = fileName(name, 40)
  expect(shown.startsWith(start)).toBe(true)
  expect(shown.length).toBeLessThanOrEqual(40)
})
