// Signals and a closed output: every fleet command that runs once ends, even while a member does not answer, and the
// fleet itself goes on.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLI } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import { type FakeMember, startFakeMember } from '../support/fake-member.ts'
import { waitFor } from '../support/wait-for.ts'

let folder: string
let hub: FakeMember
let silent: FakeMember
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-signals-'))
  hub = await startFakeMember('1')
  silent = await startFakeMember('2')
  silent.state.silent = () => true
  for (const [name, { kubeconfig }] of Object.entries({ hub, silent })) {
    await writeFile(join(folder, `${name}.kubeconfig`), kubeconfig)
  }
  const members = ['hub', 'silent'].map((id) => `{id: ${id}, kubeconfig: ${id}.kubeconfig}`)
  await writeFile(join(folder, 'fleet.yaml'), `members: [${members}]\nhub: {member: hub}\n`)
})
afterAll(async () => {
  await hub.close()
  await silent.close()
  await rm(folder, { recursive: true })
})

test.each([
  ['check', 'SIGINT', ['check']],
  ['leave', 'SIGTERM', ['leave', 'hub', '--yes']],
  ['join', 'SIGINT', ['join', 'nobody']],
  ['--dry-run', 'SIGINT', ['--dry-run']],
] as const)(
  '%s ends with %s',
  async (_, signal, args) => {
    const before = silent.requests.length
    const config = join(folder, 'fleet.yaml')
    const child = startChild('fleet', process.execPath, [CLI, 'fleet', ...args, '--config', config])
    try {
      await waitFor('the silent member is asked', () => silent.requests.length > before, {
        timeoutMs: 60_000,
        detail: child.tail,
      })
      child.kill(signal)
      await child.ended
      expect(child.exitCode()).toBe(130)
      if (args[0] === 'leave') expect(child.output()).toContain('nothing was changed')
    } finally {
      await child.kill9()
    }
  },
  60_000,
)

test('SIGUSR2 is logged and ignored by the running fleet', async () => {
  const config = join(folder, 'fleet.yaml')
  const args = [CLI, 'fleet', '--config', config, '--listen', '127.0.0.1:0']
  const child = startChild('fleet', process.execPath, args)
  const logged = (text: string) =>
    waitFor(text, () => child.output().includes(text), { timeoutMs: 60_000, detail: child.tail })
  try {
    await logged('fleet with members hub, silent')
    // It is said at start which cluster is the hub.
    expect(child.output()).toMatch(/\[INFO\] hub: cluster hub \(kubeconfig \S+\)/)
    child.kill('SIGUSR2')
    await logged('SIGUSR2: ignored')
    child.kill('SIGTERM')
    await child.ended
    expect(child.output()).toContain('SIGTERM: Shutting down')
    expect(child.exitCode()).toBe(0)
  } finally {
    await child.kill9()
  }
}, 90_000)

test.each([
  ['check', 'prints no stack trace when the reader of its output is gone', '| true', /^$/],
  ['--dry-run', 'prints no stack trace when the reader of its output is gone', '| true', /^$/],
  ['check', 'says that its output cannot be written', '> /dev/full', /cannot be written: ENOSPC/],
])(
  '%s %s',
  async (command, _, output, wanted) => {
    const config = join(folder, 'hub.yaml')
    await writeFile(
      config,
      'members: [{id: hub, kubeconfig: hub.kubeconfig}]\nhub: {member: hub}\n',
    )
    const script = `"$0" "${CLI}" fleet ${command} --config "${config}" ${output}`
    const child = startChild('fleet', '/bin/bash', ['-c', script, process.execPath])
    try {
      await child.ended
      expect(child.output()).not.toMatch(/EPIPE|Unhandled|^\s+at /m)
      expect(
        child
          .output()
          .replaceAll(/^\[INFO\] waiting .*\n/gm, '')
          .trim(),
      ).toMatch(wanted)
    } finally {
      await child.kill9()
    }
  },
  60_000,
)
