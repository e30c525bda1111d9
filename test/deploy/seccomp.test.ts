// deploy/seccomp/clusterset-dns.json lists every system call of the server and of the fleet. Here a call that it does not list
// kills the process, so that none hides behind a fallback of libc or Node.
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { CLI } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import { startDnsProcess } from '../support/dns-process.ts'
import { freePort } from '../support/free-port.ts'
import { describeWithSeccomp } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'
import { expectWholeAnswers, prepareWholeServer } from '../support/whole-server.ts'

const run = promisify(execFile)
const PROFILE = 'deploy/seccomp/clusterset-dns.json'
const FFI = ['--experimental-ffi', '--disable-warning=ExperimentalWarning']
const pathOf = (file: string) => fileURLToPath(new URL(`../support/${file}`, import.meta.url))

/** The arguments of Node for a program of Node under the profile. */
const confined = (byDefault: 'KILL_PROCESS' | 'ERRNO', ...program: readonly string[]) => [
  ...FFI,
  pathOf('seccomp-launcher.ts'),
  PROFILE,
  `SCMP_ACT_${byDefault}`,
  process.execPath,
  ...program,
]

/** Calls by which a process would reach another one, the kernel or more rights. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  EPERM: [
    ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd'],
    ...['unshare', 'setns', 'clone', 'mount', 'pivot_root', 'chroot'],
    ...['bpf', 'perf_event_open', 'userfaultfd', 'keyctl', 'add_key', 'init_module', 'kexec_load'],
    ...['setuid', 'capset', 'personality', 'memfd_create', 'chmod', 'symlink', 'mknodat', 'socket'],
  ],
  // As on a kernel without them.
  ENOSYS: ['clone3', 'io_uring_setup'],
}

describeWithSeccomp('under the seccomp profile', () => {
  test.each(['mmsg', 'dgram', 'single'])(
    'a server with all kinds of sources and upstreams needs no other call (%s)',
    async (transport) => {
      const whole = await prepareWholeServer()
      onTestFinished(whole.close)
      const snapshot = join(whole.folder, 'objects')
      const corefile = whole.corefile.replace('pods verified', `$&\n snapshot ${snapshot}`)
      const server = await startDnsProcess({
        name: 'clusterset-dns',
        command: [process.execPath, ...confined('KILL_PROCESS', CLI)],
        args: ['-transport', transport, '-pidfile', `${whole.folder}/pid`],
        corefile,
        banner: /^clusterset-dns-\d/m,
      })
      onTestFinished(server.stop)
      const logged = (text: string) =>
        waitFor(text, () => server.output().includes(text), { detail: server.output })
      await expectWholeAnswers(server, server.output)
      // By the signal, and by `reload`.
      writeFileSync(server.corefile, corefile.replace('cache 30', 'cache 60'))
      server.child.kill('SIGUSR1')
      await logged('[INFO] Reloading complete')
      await expectWholeAnswers(server, server.output)
      writeFileSync(server.corefile, `${corefile}broken {`)
      await logged('[ERROR] plugin/reload: Corefile parse failed')
      server.child.kill('SIGTERM')
      await server.child.ended
      expect(server.child.exitCode(), server.output()).toBe(0)
      expect(existsSync(snapshot)).toBe(true)
    },
  )

  test('a fleet that leads and writes needs no other call', async () => {
    const whole = await prepareWholeServer()
    onTestFinished(whole.close)
    const port = await freePort()
    const config = join(whole.folder, 'fleet.yaml')
    const members = [{ id: 'local', kubeconfig: join(whole.folder, 'kubeconfig') }]
    const listen = `127.0.0.1:${port}`
    writeFileSync(config, JSON.stringify({ members, hub: { member: 'local' }, listen }))
    const fleet = startChild(
      'fleet',
      process.execPath,
      confined('KILL_PROCESS', CLI, 'fleet', '--config', config),
    )
    onTestFinished(() => fleet.stop())
    await waitFor('it leads', () => whole.api.leases.has('fleet-leader'), {
      timeoutMs: 30_000,
      detail: fleet.output,
    })
    await waitFor('it is ready', async () => (await fetch(`http://${listen}/readyz`)).ok, {
      timeoutMs: 30_000,
      detail: fleet.output,
    })
    await fleet.stop(20_000)
    expect(fleet.exitCode(), fleet.output()).toBe(0)
  })

  test('calls that reach other processes, the kernel or more rights fail', async () => {
    const calls = Object.values(FORBIDDEN).flat()
    const program = [...FFI, pathOf('forbidden-calls.ts')]
    const errors = async (args: readonly string[]) =>
      JSON.parse((await run(process.execPath, args)).stdout) as Record<string, string>
    // Without the profile the first one succeeds.
    expect(await errors([...program, 'ptrace'])).toEqual({ ptrace: 'none' })
    const wanted = Object.entries(FORBIDDEN).flatMap(([error, names]) =>
      names.map((name) => [name, error]),
    )
    expect(await errors(confined('ERRNO', ...program, ...calls))).toEqual(
      Object.fromEntries(wanted),
    )
  })
})
