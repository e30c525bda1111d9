// A core dump shows no memory, which holds tokens and keys. In the image there is no core dump at all.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kubeconfigText } from '../support/kubeconfig.ts'
import { startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'

const NO_MEMORY = '00000000\n'

test('a server and the exec plugins of its credentials have no memory in a core dump', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'core-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const plugin = join(folder, 'plugin.sh')
  const found = join(folder, 'found')
  const script = `#!/bin/sh\ncat /proc/self/coredump_filter > ${found}.new\nmv ${found}.new ${found}\n`
  writeFileSync(plugin, script, { mode: 0o755 })
  const kubeconfig = join(folder, 'kubeconfig')
  const apiVersion = 'client.authentication.k8s.io/v1'
  const user = { exec: { apiVersion, command: plugin, interactiveMode: 'Never' } }
  writeFileSync(kubeconfig, kubeconfigText({ server: 'https://127.0.0.1:1' }, user))
  const server = await startOurServer({
    corefile: `.:{$DNS_PORT} {
      bind 127.0.0.1
      multicluster clusterset.local {
        kubeconfig ${kubeconfig}
        startup_timeout 1ms
      }
    }`,
  })
  onTestFinished(server.stop)
  expect(readFileSync(`/proc/${server.child.pid}/coredump_filter`, 'utf8')).toBe(NO_MEMORY)
  const ofPlugin = await waitFor('the plugin ran', () => readFileSync(found, 'utf8'), {
    timeoutMs: 60_000,
    detail: server.output,
  })
  expect(ofPlugin).toBe(NO_MEMORY)
})
