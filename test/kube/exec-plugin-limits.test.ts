// What an exec plugin prints is bounded, on both streams, and also when a program that it started prints.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { resolveKubeconfig } from '../../src/kube/kubeconfig.ts'

/** Resolves a kubeconfig with this shell script as its exec plugin. */
async function resolveWith(script: string) {
  const folder = await mkdtemp(join(tmpdir(), 'exec-plugin-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const apiVersion = 'client.authentication.k8s.io/v1'
  const exec = { apiVersion, command: 'sh', args: ['-c', script], interactiveMode: 'Never' }
  const file = join(folder, 'config')
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: 'https://a.example.com' } }],
    users: [{ name: 'a', user: { exec } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  }
  await writeFile(file, JSON.stringify(config))
  return resolveKubeconfig({ file }, { PATH: process.env.PATH }, AbortSignal.timeout(30_000))
}

const credential = JSON.stringify({
  apiVersion: 'client.authentication.k8s.io/v1',
  kind: 'ExecCredential',
  status: { token: 'secret' },
})

test.each([
  ['a credential', `echo '${credential}'`],
  ['a credential and a warning', `echo careful >&2; echo '${credential}'`],
])('%s is read', { timeout: 30_000 }, async (_, script) => {
  expect(await resolveWith(script)).toMatchObject({ token: { data: 'secret' } })
})

test.each([
  ['stdout', 'yes'],
  ['stderr', 'yes >&2'],
  ['stdout of a program that goes on', 'yes & wait'],
])('endless output on %s ends the plugin', { timeout: 30_000 }, async (_, script) => {
  await expect(resolveWith(script)).rejects.toThrow(
    'exec plugin "sh" failed: it printed more than 1 MB',
  )
})
