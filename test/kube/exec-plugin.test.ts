// Exec plugins of a kubeconfig file that fail: the error has their words, without the secrets that they know.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveKubeconfig } from '../../src/kube/kubeconfig.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exec-plugin-'))
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0

/** Resolves a kubeconfig whose user runs this shell script. */
async function run(script: string, exec: object = {}, env: Readonly<Record<string, string>> = {}) {
  const name = join(folder, `${files++}`)
  await writeFile(`${name}.sh`, `#!/bin/sh\n${script}\n`)
  await chmod(`${name}.sh`, 0o755)
  const apiVersion = 'client.authentication.k8s.io/v1'
  const user = { exec: { apiVersion, command: `${name}.sh`, ...exec } }
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: 'https://me:URLMARKER1@west:1' } }],
    users: [{ name: 'fleet', user }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'fleet' } }],
  }
  await writeFile(`${name}.config`, JSON.stringify(config))
  const spec = { file: `${name}.config` }
  const all = { PATH: process.env.PATH, ...env }
  return resolveKubeconfig(spec, all, new AbortController().signal)
}

const failure = async (...args: Parameters<typeof run>) =>
  run(...args).then(
    () => 'no error',
    (error: Error) => error.message,
  )

describe('the error of a plugin that fails', { timeout: 30_000 }, () => {
  const env = [{ name: 'PIN', value: 'EXECMARKER' }]
  test.each<[string, string, object, Readonly<Record<string, string>>, RegExp]>([
    ['has its words', 'echo "no route to sts" >&2; exit 1', {}, {}, /failed: no route to sts$/],
    ['has no token', 'echo "token=TOKENMARKER1" >&2; exit 1', {}, {}, /failed: token=\[hidden\]$/],
    [
      'has no value of its environment',
      'echo "PIN=$PIN" >&2; exit 1',
      { env },
      {},
      /PIN=\[hidden\]/,
    ],
    [
      'has no secret of our environment',
      'echo "MY_TOKEN=$MY_TOKEN at $HTTPS_PROXY" >&2; exit 1',
      {},
      { HTTPS_PROXY: 'me:PROXYMARKER@proxy', MY_TOKEN: 'ENVMARKER1' },
      /MY_TOKEN=\[hidden\]/,
    ],
    [
      'has no password of the server URL',
      'echo "$KUBERNETES_EXEC_INFO" >&2; exit 1',
      { provideClusterInfo: true },
      {},
      /https:\/\/\[hidden\]@west/,
    ],
    [
      'does not quote output that is not JSON',
      'echo OUTMARKER1',
      {},
      {},
      /its output is not JSON$/,
    ],
    [
      'does not quote output without a status',
      'echo \'{"token":"OUTMARKER2"}\'',
      {},
      {},
      /its output is not an ExecCredential with a status$/,
    ],
    [
      'does not quote a value with a NUL byte',
      'true',
      { env: [{ name: 'A', value: 'EXECMARKER\0' }] },
      {},
      /have a NUL byte$/,
    ],
    ['says when it printed nothing', 'exit 1', {}, {}, /failed: it printed no error$/],
    [
      'says that a long text is cut',
      'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "a long line of an error $i" >&2; done; exit 1',
      {},
      {},
      /\(cut; run the plugin to see all\)$/,
    ],
  ])('%s', async (_, script, exec, inherited, text) => {
    const message = await failure(script, exec, inherited)
    expect(message).toMatch(text)
    expect(message).not.toContain('MARKER')
    expect(message).toContain('user "fleet": exec plugin "')
  })
})

test('SIGUSR1 opens no inspector in the process that runs plugins', {
  timeout: 30_000,
}, async () => {
  // Signal 10 is blocked; otherwise Node catches it and listens on 127.0.0.1:9229. While Node starts a process, it blocks
  // all signals for a moment.
  const message = await failure(
    'tries=0; while grep -q "SigBlk:.*[1-9a-f].*[1-9a-f]" /proc/$PPID/status && [ $tries -lt 50 ]; do ' +
      'tries=$((tries + 1)); sleep 0.1; done; grep SigBlk /proc/$PPID/status >&2; exit 1',
  )
  expect(message).toMatch(/failed: SigBlk: 0*200$/)
})
