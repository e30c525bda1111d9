// Runs the examples of the documents: every Corefile loads, and the demo answers every query.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoQueries } from '../../src/cli/demo-command.ts'
import { parseFlags } from '../../src/cli/flags.ts'
import { realFiles } from '../../src/corefile/files.ts'
import { parseCorefile } from '../../src/corefile/parser.ts'
import { parseFleetConfig } from '../../src/fleet/config.ts'
import { directives } from '../../src/plugins/directives.ts'
import { CLI } from '../support/build.ts'
import { type Child, startChild } from '../support/child.ts'
import { configOf } from '../support/config.ts'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)
const readme = readFileSync('README.md', 'utf8')

describe('Corefiles', () => {
  const snippets = [...readme.matchAll(/^```corefile\n([^`]*)```/gm)].map(([, text]) => text!)
  test('README.md has examples', () => {
    expect(snippets.length).toBeGreaterThan(0)
  })
  test.each(snippets)('example %# of README.md loads', (text) => {
    expect(configOf(text).groups.length).toBeGreaterThan(0)
  })

  const folders = [
    'deploy/dns/base',
    'deploy/dns/coredns-sidecar/objects',
    'deploy/dns/overlays/cluster-dns',
  ]
  test.each(folders)('%s/Corefile loads', (folder) => {
    const config = configOf(readFileSync(join(folder, 'Corefile'), 'utf8'))
    const names = config.blocks.map(({ directives }) => directives.map(({ plugin }) => plugin))
    for (const plugins of names) expect(plugins).toContain('ready')
  })

  test.each(['README.md', 'docs/cluster-dns.md'])('%s checks a Corefile that is there', (file) => {
    const commands = readFileSync(file, 'utf8').matchAll(
      /^(?:npm run cli --|clusterset-dns) check (.*)$/gm,
    )
    const checked = [...commands].map(([, args]) => parseFlags(args!.split(' ')).conf)
    expect(checked.length).toBe(1)
    for (const conf of checked)
      expect(configOf(readFileSync(conf, 'utf8')).groups.length).toBeGreaterThan(0)
  })

  /** Parses a Corefile that has directives which only CoreDNS supports. */
  const parse = (text: string) => {
    const env = { CLUSTER_IP: '10.96.0.99' }
    return parseCorefile({ file: 'Corefile', text, cwd: '/', env, files: realFiles, directives })
  }
  const words = (text: string, directive: string) =>
    parse(text).blocks.map(({ directives: lines }) =>
      lines.get(directive)?.map((token) => token.text),
    )

  const forwardBlocks = ['deploy/dns/base', 'deploy/dns/coredns-sidecar'].map((folder) =>
    join(folder, 'forward-block.Corefile'),
  )
  test.each([
    [forwardBlocks[0]!, '10.96.0.99'],
    [forwardBlocks[1]!, '127.0.0.1:5353'],
  ])("the block for the cluster's own CoreDNS in %s parses", (file, target) => {
    expect(words(readFileSync(file, 'utf8'), 'forward')).toEqual([['forward', '.', target]])
    // CoreDNS keeps negative replies for at least 5 s by default.
    const [cache] = words(readFileSync(file, 'utf8'), 'cache')
    expect(cache?.join(' ')).toContain('denial 9984 1 1')
  })

  const example = readFileSync('Corefile.example', 'utf8')
  const shipped: readonly (readonly [string, string])[] = [
    ...[...folders.map((folder) => join(folder, 'Corefile')), ...forwardBlocks].map(
      (file) => [file, readFileSync(file, 'utf8')] as const,
    ),
    ['Corefile.example', example],
    ...[...readme.matchAll(/^```(?:corefile)?\n(\S+ \{\n[^`]*)```/gm)].map(
      ([, text], i) => [`block ${i} of README.md`, text!] as const,
    ),
  ]
  test('README.md has a block for CoreDNS and a Corefile of its own', () => {
    expect(shipped.filter(([name]) => name.endsWith('README.md')).length).toBeGreaterThan(1)
  })
  test.each(shipped)('%s limits UDP replies to 1232 bytes in each block', (_name, text) => {
    const sizes = words(text, 'bufsize')
    expect(sizes.length).toBeGreaterThan(0)
    for (const size of sizes) expect(size).toEqual(['bufsize', '1232'])
  })
})

test.each([
  ['README.md', /^```yaml\n(members:[^`]*)```/m.exec(readme)?.[1] ?? ''],
  ['deploy/fleet/hub', readFileSync('deploy/fleet/hub/fleet.yaml', 'utf8')],
])('the fleet configuration in %s is valid', (file, text) => {
  expect(parseFleetConfig(file, text, '/').members.length).toBeGreaterThan(0)
})

describe('benchmark figures of README.md', () => {
  const rows = [...readme.matchAll(/^\|.*\| ([\d.]+x)[^|]*\| \[[^\]]*\]\((bench[^)]*)\) \|$/gm)]
  test('README.md has figures', () => expect(rows.length).toBeGreaterThan(5))
  test.each(rows.map(([, ratio, file]) => [ratio!, file!]))(
    '%s is a figure of %s',
    (ratio, file) => {
      expect(readFileSync(file, 'utf8')).toContain(`| ${ratio} |`)
    },
  )
})

test('deploy/demo has manifests only; test/e2e/deploy.test.ts applies them', () => {
  for (const folder of readdirSync('deploy/demo')) {
    for (const file of readdirSync(join('deploy/demo', folder))) expect(file).toMatch(/\.yaml$/)
  }
})

/** The answers of the demo, in the order of `demoQueries`. */
const expected: readonly (readonly string[])[] = [
  // The embedded cluster allocates addresses in the order of the imports' names, after that of its API server.
  ['10.96.0.3'],
  ['fd00:96::1'],
  ['10.1.0.21', '10.1.0.22', '10.2.0.21'],
  ['10.1.0.21'],
  ['0 100 80 service1.provider-ns.svc.clusterset.local.'],
  [],
  ['10.96.0.3'],
  ['10.96.0.1'],
  ['kubernetes.default.svc.cluster.local.'],
]

describe('the demo of npm start', () => {
  let child: Child
  let port: number
  let hasDig: boolean

  beforeAll(async () => {
    port = await freePort()
    child = startChild('demo', process.execPath, [CLI, 'demo', '-p', String(port)])
    await waitFor('the banner', () => child.output().includes('Ctrl-C stops the demo.'), {
      timeoutMs: 60_000,
      detail: child.tail,
    })
    hasDig = await run('dig', ['-v']).then(
      () => true,
      () => false,
    )
  }, 90_000)

  afterAll(() => child.stop())

  test('prints the queries of README.md', () => {
    for (const [name, type] of demoQueries) {
      expect(child.output()).toContain(`dig @127.0.0.1 -p ${port} ${name} ${type}`)
      expect(readme).toContain(`dig @127.0.0.1 -p 5353 ${name} ${type}`)
    }
  })

  test("a pod's search list finds service1.provider-ns in any order of its domains", async () => {
    const searches = [
      'svc.clusterset.local',
      'clusterset.local',
      'consumer-ns.svc.cluster.local',
      'svc.cluster.local',
      'cluster.local',
    ]
    const found = new Map<string, readonly string[]>()
    for (const domain of searches) {
      const name = `service1.provider-ns.${domain}`
      const { rcode, answers } = await query({ port, name, type: 'A' })
      // A resolver that gets NODATA may end its search.
      if (answers.length === 0) expect([name, rcode]).toEqual([name, 'NXDOMAIN'])
      found.set(
        domain,
        answers.map(({ data }) => data),
      )
    }
    expect(Object.fromEntries([...found].filter(([, all]) => all.length > 0))).toEqual({
      'svc.clusterset.local': ['10.96.0.3'],
    })
  })

  test.each(demoQueries.map(([name, type], i) => ({ name, type, answers: expected[i]! })))(
    '$name $type',
    async ({ name, type, answers }) => {
      for (const tcp of [false, true]) {
        const reply = await query({ port, name, type, tcp })
        expect(reply.answers.map(({ data }) => data).sort()).toEqual(answers)
        expect(reply.rcode).toBe(answers.length === 0 ? 'NXDOMAIN' : 'NOERROR')
        if (!hasDig) continue
        const flags = [`-p${port}`, ...(tcp ? ['+tcp'] : [])]
        const { stdout } = await run('dig', [
          '@127.0.0.1',
          ...flags,
          name,
          type,
          '+noall',
          '+answer',
          '+comments',
        ])
        expect(stdout).toContain(`status: ${reply.rcode}`)
        for (const answer of answers) expect(stdout).toContain(answer)
      }
    },
  )
})
