// Who may import whom. The folders of src/ are layers; this holds the imports of every file to them.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

interface Import {
  readonly file: string
  /** A path below src/ ("zone/compile.ts"), or a package ("node:fs", "pino"). */
  readonly target: string
  readonly local: boolean
  /** True when nothing but types is imported: it is gone at run time. */
  readonly typeOnly: boolean
}

const SRC = join(import.meta.dirname, '../src')
const files = globSync('**/*.ts', { cwd: SRC }).sort()

const STATEMENT = /^(import|export)\b\s*([^'";]*?\bfrom\s*)?'([^']+)'/gm
const DYNAMIC = /\bimport\(\s*'([^']+)'/g
const WORKER_URL = /new URL\(\s*'(\.[^']+\.ts)'/g

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  const found = [...text.matchAll(STATEMENT)].map(([, , clause = '', target = '']) => ({
    target,
    typeOnly: isTypeOnly(clause),
  }))
  for (const pattern of [DYNAMIC, WORKER_URL]) {
    for (const [, target = ''] of text.matchAll(pattern)) found.push({ target, typeOnly: false })
  }
  return found.map(({ target, typeOnly }) => {
    const local = target.startsWith('.')
    return {
      file,
      target: local ? normalize(join(dirname(file), target)) : target,
      local,
      typeOnly,
    }
  })
}

/** `type { A }`, or `{ type A, type B }`. */
function isTypeOnly(clause: string): boolean {
  if (/^type\b/.test(clause)) return true
  const names = /^\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? ['']
  return names.filter((name) => name.trim() !== '').every((name) => /^\s*type\s/.test(name))
    ? names.some((name) => name.trim() !== '')
    : false
}

const imports = files.flatMap(importsOf)

/** The folder of a file below src/: "zone"; the file itself where it lies in src/. */
function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path
}

function show({ file, target }: Import): string {
  return `${file} imports ${target}`
}

// For each folder what it may import of others at run time, and what besides for types only.
const SHARED = ['config.ts', 'errors.ts', 'log.ts', 'metrics.ts']
const LAYERS: Readonly<Record<string, { run: readonly string[]; types?: readonly string[] }>> = {
  dns: { run: [] },
  corefile: { run: ['dns', 'config.ts', 'errors.ts'] },
  kube: { run: SHARED },
  fleet: { run: ['kube', ...SHARED] },
  zone: { run: ['dns', 'errors.ts'], types: ['kube', 'config.ts'] },
  plugins: { run: ['dns', 'zone', 'corefile', ...SHARED] },
  server: { run: ['dns', 'zone', 'corefile', 'plugins', 'kube', ...SHARED] },
}

const DNS_HALF = ['zone', 'plugins', 'server', 'corefile']

describe('layers', () => {
  test.each(Object.entries(LAYERS))('%s', (layer, { run, types = [] }) => {
    const bad = imports.filter(
      (one) =>
        one.local &&
        layerOf(one.file) === layer &&
        layerOf(one.target) !== layer &&
        !run.includes(layerOf(one.target)) &&
        !(one.typeOnly && types.includes(layerOf(one.target))),
    )
    expect(bad.map(show)).toEqual([])
  })

  test('of kube the zones know the objects and the source', () => {
    const targets = imports
      .filter(({ file, target }) => layerOf(file) === 'zone' && layerOf(target) === 'kube')
      .map(({ target }) => target)
    for (const target of targets) expect(['kube/objects.ts', 'kube/source.ts']).toContain(target)
  })

  test('kube and fleet know nothing of the server', () => {
    const bad = imports.filter(
      ({ file, target }) =>
        ['kube', 'fleet'].includes(layerOf(file)) && layerOf(target) === 'server',
    )
    expect(bad.map(show)).toEqual([])
  })

  test('only the command line sees the DNS server and the fleet controller', () => {
    const sees = (file: string, layers: readonly string[]) =>
      imports.some((one) => one.file === file && layers.includes(layerOf(one.target)))
    const both = files.filter(
      (file) =>
        !['cli', 'cli.ts', 'fleet'].includes(layerOf(file)) &&
        sees(file, DNS_HALF) &&
        sees(file, ['fleet']),
    )
    expect(both).toEqual([])
    const crossing = imports.filter(
      ({ file, target }) =>
        (layerOf(file) === 'fleet' && DNS_HALF.includes(layerOf(target))) ||
        (DNS_HALF.includes(layerOf(file)) && layerOf(target) === 'fleet'),
    )
    expect(crossing.map(show)).toEqual([])
  })

  test('nothing imports the command line', () => {
    const bad = imports.filter(
      ({ file, target, local }) =>
        local && layerOf(target) === 'cli' && !['cli', 'cli.ts'].includes(layerOf(file)),
    )
    expect(bad.map(show)).toEqual([])
  })

  test('no file imports itself by way of others, types aside', () => {
    const cycles = files.filter((file) =>
      direct(file).some((target) => reachable(target).has(file)),
    )
    expect(cycles).toEqual([])
  })
})

/** The files that a file loads. */
function direct(file: string): string[] {
  return imports
    .filter((one) => one.file === file && one.local && !one.typeOnly)
    .map(({ target }) => target)
}

/** A file with all that loading it loads. */
function reachable(file: string): Set<string> {
  const seen = new Set<string>()
  const open = [file]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...direct(next))
  }
  return seen
}

describe('packet threads', () => {
  test.each(['server/worker.ts', 'server/mmsg/packet-worker.ts'])(
    '%s loads no npm package',
    (worker) => {
      expect(files).toContain(worker)
      const loaded = reachable(worker)
      const packages = imports.filter(
        ({ file, target, local, typeOnly }) =>
          loaded.has(file) && !local && !typeOnly && !target.startsWith('node:'),
      )
      expect(packages.map(show)).toEqual([])
      expect(loaded).toContain('server/answer.ts')
    },
  )

  test('one file imports node:ffi, by a way that does without it', () => {
    const users = files.filter((file) =>
      readFileSync(join(SRC, file), 'utf8').includes("'node:ffi'"),
    )
    expect(users).toEqual(['server/mmsg/libc.ts'])
    // Its types only: to load it is an error where it does not exist.
    expect(readFileSync(join(SRC, users[0]!), 'utf8')).not.toMatch(/^import .*'node:ffi'/m)
  })

  test('dns and zone do no input or output', () => {
    const bad = imports.filter(
      ({ file, target, local }) =>
        ['dns', 'zone'].includes(layerOf(file)) &&
        !local &&
        !['node:perf_hooks', 'node:net'].includes(target),
    )
    expect(bad.map(show)).toEqual([])
    // Of node:net the address checks only.
    for (const { file } of imports.filter(({ target }) => target === 'node:net')) {
      if (layerOf(file) === 'dns') expect(file).toBe('dns/address.ts')
    }
  })
})

describe('files', () => {
  test('import files that exist, by their full names', () => {
    const bad = imports.filter(
      ({ target, local }) => local && !/\.(json|sql)$/.test(target) && !files.includes(target),
    )
    expect(bad.map(show)).toEqual([])
  })

  test('import packages that package.json names', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8'))
    const { dependencies } = manifest as { dependencies: Readonly<Record<string, string>> }
    const names = imports
      .filter(({ target, local }) => !local && !target.startsWith('node:'))
      .map(({ target }) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target)
    expect([...new Set(names)].filter((name) => !(name in dependencies))).toEqual([])
  })

  test.each(files)('%s has named exports only, and no any', (file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    expect(text).not.toMatch(/^export default\b/m)
    expect(text).not.toMatch(/\bas default\b/)
    expect(text).not.toMatch(/[:<] *any\b(?! *[a-z])/)
    expect(file).toMatch(/^[a-z0-9-]+(\/[a-z0-9-]+)*\.ts$/)
  })
})
