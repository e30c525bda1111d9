// Who may import whom. Each folder of src/ is a room; the tables below are exact in both directions: an import that a
// table does not allow fails, and so does an allowed one that no file uses.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { directives } from '../src/plugins/directives.ts'
import { circles, type Import, importsOf, sourceFiles } from './support/imports.ts'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')
const files = sourceFiles(SRC, '**/*.ts', '**/*.tsx')
const imports = files.flatMap((file) => importsOf(SRC, file))

/** Folders that have rooms inside; a file beside these rooms is a room of its own. */
const FLOORS = ['fleet', 'plugins', 'server']

/** "zone", "fleet/plan", "fleet/config.ts", "log.ts"; every plugin's folder is "plugins/*". */
function roomOf(path: string): string {
  const parts = path.split('/')
  if (parts.length === 1 || !FLOORS.includes(parts[0]!)) return parts[0]!
  if (parts.length > 2 && parts[0] === 'plugins') return 'plugins/*'
  return parts.slice(0, 2).join('/')
}

function show({ file, target }: Import): string {
  return `${file} imports ${target}`
}

/** For each room the rooms that its files import; "type X" where they import nothing but types of X. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'type config.ts',
    'corefile',
    'errors.ts',
    'fleet/api',
    'fleet/clusterset.ts',
    'fleet/config.ts',
    'fleet/controller',
    'fleet/embedded',
    'fleet/explain',
    'fleet/fleet.ts',
    'fleet/hub',
    'fleet/member',
    'fleet/merge',
    'fleet/page',
    'fleet/plan',
    'fleet/preflight',
    'fleet/status',
    'hidden.ts',
    'kube',
    'type log.ts',
    'metrics.ts',
    'node-cache',
    'plugins/directives.ts',
    'plugins/load.ts',
    'type plugins/set-up.ts',
    'printable.ts',
    'runtime',
    'server/serve.ts',
    'type server/shared',
    'sources',
    'spelling.ts',
    'version.ts',
  ],
  'cli.ts': ['cli'],
  'client.ts': ['dns'],
  'config.ts': [],
  'connection-limits.ts': ['client.ts'],
  corefile: ['type config.ts', 'dns', 'errors.ts', 'hidden.ts', 'require.ts', 'spelling.ts'],
  dns: [],
  'dns-probe.ts': ['dns', 'require.ts'],
  'errors.ts': [],
  'fleet/api': ['dns', 'kube', 'printable.ts'],
  'fleet/clusterset.ts': ['type fleet/api', 'fleet/config.ts', 'fleet/hub', 'fleet/member', 'kube'],
  'fleet/config-document.ts': ['errors.ts', 'kube', 'spelling.ts'],
  'fleet/config.ts': [
    'fleet/api',
    'fleet/config-document.ts',
    'fleet/controller',
    'fleet/hub',
    'fleet/member',
    'fleet/policy-config.ts',
    'fleet/settings-config.ts',
    'kube',
  ],
  'fleet/controller': [
    'fleet/api',
    'fleet/merge',
    'fleet/plan',
    'kube',
    'type log.ts',
    'metrics.ts',
    'sorted.ts',
  ],
  'fleet/embedded': ['errors.ts', 'fleet/api', 'fleet/member', 'kube', 'type log.ts'],
  'fleet/explain': ['fleet/api', 'fleet/merge', 'fleet/plan', 'fleet/slices'],
  'fleet/fleet.ts': [
    'fleet/api',
    'fleet/clusterset.ts',
    'fleet/config.ts',
    'fleet/controller',
    'fleet/explain',
    'fleet/hub',
    'fleet/member',
    'fleet/merge',
    'fleet/status',
    'kube',
    'type metrics.ts',
  ],
  'fleet/hub': [
    'errors.ts',
    'fleet/api',
    'fleet/plan',
    'fleet/policy-config.ts',
    'kube',
    'type log.ts',
    'type metrics.ts',
  ],
  'fleet/member': ['errors.ts', 'fleet/api', 'kube', 'metrics.ts'],
  'fleet/merge': ['fleet/api'],
  'fleet/page': [
    'errors.ts',
    'fleet/api',
    'fleet/explain',
    'kube',
    'type fleet/member',
    'type fleet/status',
    'type log.ts',
  ],
  'fleet/plan': ['fleet/api', 'fleet/merge', 'fleet/slices', 'kube'],
  'fleet/policy-config.ts': ['errors.ts', 'fleet/api', 'fleet/config-document.ts', 'kube'],
  'fleet/preflight': ['errors.ts', 'fleet/api', 'fleet/hub', 'fleet/member', 'kube'],
  'fleet/settings-config.ts': [
    'fleet/api',
    'fleet/config-document.ts',
    'fleet/controller',
    'fleet/hub',
    'fleet/member',
    'kube',
  ],
  'fleet/slices': ['fleet/api'],
  'fleet/status': [
    'type errors.ts',
    'type fleet/api',
    'fleet/config.ts',
    'type fleet/hub',
    'type fleet/member',
    'kube',
  ],
  'hidden.ts': [],
  kube: [
    'errors.ts',
    'hidden.ts',
    'http.ts',
    'type log.ts',
    'metrics.ts',
    'require.ts',
    'spelling.ts',
  ],
  'http.ts': [],
  'listen-error.ts': ['errors.ts'],
  'log.ts': ['printable.ts'],
  'metrics.ts': [],
  'monotonic.ts': [],
  'node-cache': ['dns', 'errors.ts', 'type log.ts', 'udp'],
  page: ['type fleet/api', 'type fleet/explain', 'type fleet/page', 'type fleet/status'],
  'plugins/*': [
    'config.ts',
    'corefile',
    'dns',
    'dns-probe.ts',
    'errors.ts',
    'http.ts',
    'type kube',
    'log.ts',
    'metrics.ts',
    'monotonic.ts',
    'plugins/arguments.ts',
    'plugins/chain.ts',
    'plugins/counter-blocks.ts',
    'plugins/packet-reply.ts',
    'plugins/plugin.ts',
    'plugins/runtime.ts',
    'plugins/server-counter.ts',
    'plugins/server-counts.ts',
    'type runtime',
    'type sources',
    'udp',
    'version.ts',
    'zone',
    'zonefile',
    'plugins/zone-handler.ts',
  ],
  'plugins/arguments.ts': ['corefile', 'type plugins/plugin.ts'],
  'plugins/chain.ts': ['dns'],
  'plugins/counter-blocks.ts': ['type plugins/plugin.ts'],
  'plugins/directives.ts': ['plugins/*', 'type plugins/plugin.ts'],
  'plugins/explain-reach.ts': ['type config.ts', 'corefile', 'plugins/plugin.ts'],
  'plugins/handlers.ts': ['plugins/*', 'type plugins/runtime.ts'],
  'plugins/load.ts': [
    'type config.ts',
    'corefile',
    'type kube',
    'plugins/directives.ts',
    'plugins/explain-reach.ts',
    'plugins/plugin.ts',
    'plugins/set-up.ts',
  ],
  'plugins/packet-reply.ts': ['dns', 'type plugins/chain.ts', 'plugins/runtime.ts'],
  'plugins/plugin.ts': [
    'type config.ts',
    'corefile',
    'type kube',
    'type log.ts',
    'type metrics.ts',
    'type runtime',
    'type sources',
    'type zone',
  ],
  'plugins/runtime.ts': [
    'type config.ts',
    'type dns',
    'type log.ts',
    'type plugins/chain.ts',
    'type udp',
    'type zone',
  ],
  'plugins/server-counter.ts': [
    'type config.ts',
    'metrics.ts',
    'plugins/counter-blocks.ts',
    'type plugins/plugin.ts',
    'plugins/server-counts.ts',
  ],
  'plugins/server-counts.ts': ['type plugins/runtime.ts'],
  'plugins/set-up.ts': [
    'type config.ts',
    'corefile',
    'plugins/directives.ts',
    'type plugins/plugin.ts',
  ],
  'plugins/zone-handler.ts': ['dns', 'plugins/chain.ts', 'zonefile'],
  'printable.ts': [],
  'require.ts': [],
  runtime: [
    'connection-limits.ts',
    'errors.ts',
    'http.ts',
    'listen-error.ts',
    'log.ts',
    'metrics.ts',
    'printable.ts',
  ],
  'server/components.ts': [
    'type config.ts',
    'type metrics.ts',
    'plugins/directives.ts',
    'plugins/handlers.ts',
    'type plugins/plugin.ts',
    'type runtime',
    'type zone',
  ],
  'server/kernel-drops.ts': ['dns'],
  'server/listeners.ts': ['config.ts', 'type server/shared', 'server/transport'],
  'server/metrics.ts': [
    'config.ts',
    'metrics.ts',
    'server/kernel-drops.ts',
    'server/shared',
    'type server/threads',
  ],
  'server/mmsg': [
    'client.ts',
    'dns',
    'monotonic.ts',
    'plugins/runtime.ts',
    'server/path',
    'server/shared',
    'server/transport',
    'udp',
    'zone',
  ],
  'server/path': [
    'config.ts',
    'dns',
    'errors.ts',
    'log.ts',
    'plugins/chain.ts',
    'plugins/handlers.ts',
    'plugins/runtime.ts',
    'server/shared',
    'udp',
    'zone',
  ],
  'server/reloader.ts': ['type config.ts', 'errors.ts', 'type log.ts'],
  'server/serve.ts': [
    'config.ts',
    'kube',
    'metrics.ts',
    'type plugins/plugin.ts',
    'runtime',
    'server/components.ts',
    'server/listeners.ts',
    'server/metrics.ts',
    'server/reloader.ts',
    'type server/shared',
    'server/threads',
    'sources',
  ],
  'server/shared': ['type config.ts', 'type log.ts', 'type zone'],
  'server/threads': [
    'config.ts',
    'type dns',
    'errors.ts',
    'listen-error.ts',
    'log.ts',
    'server/mmsg',
    'server/path',
    'server/shared',
    'server/transport',
    'udp',
    'zone',
  ],
  'server/transport': [
    'client.ts',
    'config.ts',
    'connection-limits.ts',
    'dns',
    'listen-error.ts',
    'type log.ts',
    'server/path',
    'server/shared',
    'udp',
  ],
  'sorted.ts': [],
  'spelling.ts': [],
  sources: ['dns', 'errors.ts', 'kube', 'log.ts', 'zone'],
  udp: ['dns'],
  'version.ts': [],
  zone: ['dns', 'errors.ts', 'sorted.ts'],
  zonefile: ['corefile', 'dns', 'errors.ts', 'type log.ts'],
}

/** Imports from one plugin's folder to another's. */
const BETWEEN_PLUGINS = ['plugins/kubernetes imports plugins/multicluster']

describe('rooms', () => {
  const found = new Map<string, Map<string, boolean>>()
  for (const { file, target, local, typeOnly } of imports) {
    if (!local || !target.endsWith('.ts')) continue
    const [from, to] = [roomOf(file), roomOf(target)]
    if (from === to) continue
    const targets = found.get(from) ?? new Map<string, boolean>()
    found.set(from, targets.set(to, (targets.get(to) ?? true) && typeOnly))
  }
  const rooms = [...new Set(files.map(roomOf))].sort()

  test('every room has a row in the table, and every row is a room', () => {
    expect(Object.keys(ROOMS).sort()).toEqual(rooms)
  })

  test.each(rooms)('%s imports exactly what its row says', (room) => {
    const targets = [...(found.get(room) ?? [])].map(([to, types]) => (types ? `type ${to}` : to))
    expect(targets.sort()).toEqual([...(ROOMS[room] ?? [])].sort())
  })

  test('of plugins, only the named ones import another', () => {
    const folder = (path: string) => path.split('/').slice(0, 2).join('/')
    const between = imports
      .filter(
        ({ file, target }) =>
          roomOf(file) === 'plugins/*' &&
          roomOf(target) === 'plugins/*' &&
          folder(file) !== folder(target),
      )
      .map(({ file, target }) => `${folder(file)} imports ${folder(target)}`)
    expect([...new Set(between)].sort()).toEqual([...BETWEEN_PLUGINS].sort())
  })
})

describe('generic code knows no plugin', () => {
  const names = [...directives].flatMap(([name, plugin]) => (plugin === undefined ? [] : [name]))
  const generic = files.filter((file) => {
    const room = roomOf(file)
    const isTable = ['plugins/directives.ts', 'plugins/handlers.ts'].includes(room)
    return /^(server|plugins)\//.test(room) && room !== 'plugins/*' && !isTable
  })

  test.each(generic)('%s compares no name of a plugin', (file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    for (const name of names) {
      const comparison = new RegExp(`(===|!==|case|[.](get|has|includes)[(]) ?'${name}'`)
      expect(text, name).not.toMatch(comparison)
    }
  })
})

describe('no circle', () => {
  const all = [
    ...sourceFiles(ROOT, 'src/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.{ts,mjs}', 'test/**/*.ts'),
  ].flatMap((file) => importsOf(ROOT, file))
  const graph = (nodeOf: (path: string) => string) => {
    const arrows = new Map<string, Set<string>>()
    for (const { file, target, local } of all) {
      const [from, to] = [nodeOf(file), nodeOf(target)]
      if (!local || from === to) continue
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to))
    }
    return arrows
  }

  test('of files, types included', () => {
    expect(circles(graph((path) => path))).toEqual([])
  })

  test('of rooms', () => {
    const room = (path: string) =>
      path.startsWith('src/') ? roomOf(path.slice('src/'.length)) : path
    expect(circles(graph(room))).toEqual([])
  })

  test('of top folders', () => {
    const top = (path: string) =>
      path
        .split('/')
        .slice(0, path.startsWith('src/') ? 2 : 1)
        .join('/')
    expect(circles(graph(top))).toEqual([])
  })
})

/** The files that a file loads at run time. */
function direct(file: string): string[] {
  return imports
    .filter((one) => one.file === file && one.local && !one.typeOnly)
    .map(({ target }) => target)
}

/** A file with everything that loading it loads. */
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

describe('answering threads', () => {
  const WORKERS = [
    'server/threads/event-worker.ts',
    'server/threads/packet-worker.ts',
    'server/threads/upstream-worker.ts',
  ]

  /** Required with the first pattern of a handler, which runs on the event-loop thread. */
  const WITH_PATTERNS = 'corefile/regexp.ts imports re2js'

  test.each(WORKERS)('%s loads no npm package when it starts', (worker) => {
    expect(files).toContain(worker)
    const loaded = reachable(worker)
    const packages = imports.filter(
      ({ file, target, local, typeOnly }) =>
        loaded.has(file) && !local && !typeOnly && !target.startsWith('node:'),
    )
    expect(packages.map(show).filter((text) => text !== WITH_PATTERNS)).toEqual([])
    expect(loaded).toContain('server/path/listener-path.ts')
  })

  test('the control thread starts them by these names', () => {
    const started = direct('server/threads/thread.ts').filter((target) => /-worker/.test(target))
    expect(started.sort()).toEqual(WORKERS)
  })

  test('one file imports node:ffi, in a way that works without it', () => {
    const users = files.filter((file) =>
      readFileSync(join(SRC, file), 'utf8').includes("'node:ffi'"),
    )
    expect(users).toEqual(['udp/libc.ts'])
    // Types only: loading the module fails where it does not exist.
    expect(readFileSync(join(SRC, users[0]!), 'utf8')).not.toMatch(/^import .*'node:ffi'/m)
  })
})

describe('modules that cost every server memory', () => {
  test.each(['node:http', 'node:https', 'node:http2', 'node:tls'])(
    '%s is imported for its types only, but by the child that resolves kubeconfigs',
    (module) => {
      const users = imports.filter(({ target, typeOnly }) => target === module && !typeOnly)
      const files = [...new Set(users.map(({ file }) => file))]
      expect(files.filter((file) => file !== 'kube/credentials-child.ts')).toEqual([])
    },
  )
})

describe('pure rooms', () => {
  const PURE: readonly (readonly [room: string, modules: readonly string[]])[] = [
    ['dns', ['node:net']],
    ['zone', ['node:perf_hooks']],
    ['fleet/api', ['node:crypto', 'node:net']],
    ['fleet/merge', ['node:crypto', 'node:net']],
    ['fleet/slices', ['node:crypto', 'node:net']],
    ['fleet/plan', ['node:crypto', 'node:net']],
    ['fleet/explain', ['node:crypto', 'node:net']],
  ]

  test.each(PURE)('%s does no input or output', (room, modules) => {
    const others = imports.filter(
      ({ file, target, local }) => roomOf(file) === room && !local && !modules.includes(target),
    )
    expect(others.map(show)).toEqual([])
  })

  test.each(PURE.filter(([room]) => room.startsWith('fleet/')))(
    '%s reads no clock, no chance and no environment',
    (room) => {
      for (const file of files.filter((one) => roomOf(one) === room)) {
        const text = readFileSync(join(SRC, file), 'utf8')
        expect(text, file).not.toMatch(/\bDate\.now\b|\bperformance\b|\bMath\.random\b|\bprocess\./)
      }
    },
  )

  test('of node:net, dns uses the address checks, in one file', () => {
    const users = imports.filter(
      ({ file, target }) => roomOf(file) === 'dns' && target === 'node:net',
    )
    expect(users.map(({ file }) => file)).toEqual(['dns/address.ts'])
  })
})

describe('files', () => {
  test('import files that exist, by their full names', () => {
    const bad = imports.filter(
      ({ target, local }) => local && !/\.json$/.test(target) && !files.includes(target),
    )
    expect(bad.map(show)).toEqual([])
  })

  test('import packages that package.json names; only the child and the page, which are bundled, those of development', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const { dependencies } = manifest as { dependencies: Readonly<Record<string, string>> }
    const names = imports
      .filter(({ file }) => file !== 'kube/credentials-child.ts' && roomOf(file) !== 'page')
      .filter(({ target, local, typeOnly }) => !local && !typeOnly && !target.startsWith('node:'))
      .map(({ target }) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target)
    expect([...new Set(names)].filter((name) => !(name in dependencies))).toEqual([])
  })

  test.each(files)('%s has named exports only, and no any', (file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    expect(text).not.toMatch(/^export default\b/m)
    expect(text).not.toMatch(/\bas default\b/)
    expect(text).not.toMatch(/[:<] *any\b(?! *[a-z])/)
    expect(file).toMatch(/^[a-z0-9-]+(\/[a-z0-9-]+)*\.tsx?$/)
  })
})
