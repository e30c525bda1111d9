// What the control thread loads is memory of every server. What only some configurations need is loaded with its first use.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'

const PRELOAD = fileURLToPath(new URL('../support/loaded-modules.ts', import.meta.url))

/** A source at an API server that does not answer. */
function apiServer(url: string): string {
  return `kubernetes clusterset.local {
    multicluster clusterset.local
    endpoint ${url}
    startup_timeout 1ms
  }`
}

/** What only some servers need. An `import` of `node:http` would load undici. */
const OPTIONAL = {
  undici: 'node:internal/deps/undici/undici',
  https: 'node:https',
  tls: 'node:tls',
  http2: 'node:http2',
  yaml: 'yaml',
  re2js: 're2js',
  socks: 'socks',
  'dns-packet': 'dns-packet',
}

const CASES: readonly {
  readonly what: string
  /** Default: an API server without TLS. */
  readonly source?: string
  readonly errors?: string
  readonly more?: string
  readonly loads: readonly (keyof typeof OPTIONAL)[]
}[] = [
  { what: 'an API server without TLS', loads: [] },
  {
    what: 'an API server with TLS',
    source: apiServer('https://127.0.0.1:1'),
    loads: ['https', 'tls'],
  },
  {
    what: 'manifests',
    source: 'multicluster clusterset.local {\nmanifests FOLDER\n}',
    loads: ['yaml'],
  },
  { what: 'a pattern', errors: '{\nconsolidate 1m "^x$"\n}', loads: ['re2js'] },
  { what: 'a probe', more: 'loop', loads: ['dns-packet'] },
]

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loaded-'))
  await writeFile(join(folder, 'empty.yaml'), 'apiVersion: v1\nkind: List\nitems: []\n')
})

afterAll(() => rm(folder, { recursive: true }))

test.each(CASES)('$what: the server loads $loads beside what each one needs', async (one) => {
  const { source = apiServer('http://127.0.0.1:1'), errors = '', more = '', loads } = one
  const loaded = join(folder, 'loaded.json')
  const server = await startOurServer({
    corefile: `. {
      bind 127.0.0.1
      errors ${errors}
      health 127.0.0.1:{$HEALTH_PORT}
      prometheus 127.0.0.1:{$METRICS_PORT}
      ${source.replace('FOLDER', folder)}
      ${more}
    }`,
    env: { NODE_OPTIONS: `--import ${PRELOAD}`, LOADED_MODULES: loaded },
  })
  const seen = async () => {
    const names = JSON.parse(await readFile(loaded, 'utf8').catch(() => '[]')) as string[]
    return Object.entries(OPTIONAL).flatMap(([key, name]) => (names.includes(name) ? [key] : []))
  }
  try {
    // Sources and probes begin after the start.
    await waitFor('what the server loads', async () => (await seen()).length >= loads.length)
  } finally {
    await server.stop()
  }
  expect(await seen()).toEqual(loads)
  await rm(loaded)
})
