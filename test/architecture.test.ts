// The directions between the folders of src, read from the imports (docs/design.md, "Directions").
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file))

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const pattern = /^(?:import|export) (type )?(?:[^'"]*? from )?'([^']+)'|import\('([^']+)'\)/gm
  return [...text.matchAll(pattern)].map(([, type, fixed, dynamic]) => {
    const name = fixed ?? dynamic!
    const to = name.startsWith('.') ? normalize(join(dirname(file), name)) : name
    return { from: file, to, typeOnly: type !== undefined }
  })
}

const imports = files.flatMap(importsOf)
const folder = (file: string) => /^src\/(\w+)\//.exec(file)?.[1] ?? 'root'
const between = (from: string, to: string) =>
  imports.filter((one) => folder(one.from) === from && one.to.startsWith(`src/${to}/`))

/** What each folder may import; the files beside the folders belong to all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  dns: [],
  corefile: ['dns'],
  kube: [],
  zone: ['dns'],
  plugins: ['dns', 'zone', 'corefile'],
  server: ['dns', 'zone', 'plugins', 'corefile', 'kube'],
  cli: ['corefile', 'plugins', 'server'],
}

describe('a folder of src imports only from those below it', () => {
  const folders = readdirSync('src', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

  test('and every folder has its rule', () => {
    expect(folders.sort()).toEqual(Object.keys(allowed).sort())
  })

  test.each(folders)('%s', (name) => {
    const others = folders.filter((other) => other !== name && !allowed[name]?.includes(other))
    const wrong = others
      .flatMap((other) => between(name, other))
      // The compiler of answers reads the shapes of what the store keeps, and nothing else of it.
      .filter((one) => !(name === 'zone' && folder(one.to) === 'kube' && one.typeOnly))
    expect(wrong).toEqual([])
  })

  test('the control thread alone sees sources', () => {
    const seers = between('server', 'kube').map(({ from }) => from)
    expect([...new Set(seers)].sort()).toEqual(['src/server/serve.ts', 'src/server/sources.ts'])
  })
})

/** All files that a file needs at run time. */
function graph(start: string): Set<string> {
  const seen = new Set<string>()
  const queue = [start]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    if (!file.startsWith('src/')) continue
    queue.push(
      ...importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ to }) => to),
    )
  }
  return seen
}

test('threads that answer queries load no npm package', () => {
  const packages = [...graph('src/server/worker.ts')].filter((one) => !one.startsWith('src/'))
  expect(packages.filter((one) => !one.startsWith('node:'))).toEqual([])
})

test('@kubernetes/client-node is loaded by the credentials child alone', () => {
  const users = imports.filter(({ to }) => to === '@kubernetes/client-node')
  expect(users.map(({ from }) => from)).toEqual(['src/kube/credentials-child.ts'])
  const loaders = imports.filter(({ to }) => to === 'src/kube/credentials-child.ts')
  expect(loaders.filter(({ typeOnly }) => !typeOnly)).toEqual([])
})

test('nothing is imported from outside of src, and nothing is exported by default', () => {
  expect(imports.filter(({ to }) => to.startsWith('..'))).toEqual([])
  const defaults = files.filter((file) => /^export default/m.test(readFileSync(file, 'utf8')))
  expect(defaults).toEqual([])
})
