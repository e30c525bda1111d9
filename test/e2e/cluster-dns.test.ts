// The steps of docs/cluster-dns.md, with their own commands, on a real API server with its controllers: which pods the
// Service kube-dns sends queries to after each step, and back.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { runPods } from '../support/fake-node.ts'
import { kubectl } from '../support/kubectl.ts'
import { waitFor } from '../support/wait-for.ts'

const page = readFileSync('docs/cluster-dns.md', 'utf8')

/** The commands of a section, without those that print what a person reads. */
function commandsOf(heading: string): string {
  const section = page.slice(page.indexOf(`## ${heading}`))
  const end = section.indexOf('\n## ', 1)
  const blocks = [
    ...section.slice(0, end < 0 ? undefined : end).matchAll(/```console\n([^`]*)```/g),
  ]
  return blocks.map(([, text]) => text!).join('')
}

describeWithTools('docs/cluster-dns.md', (tools) => {
  let cluster: Cluster
  const run = (...args: readonly string[]) => kubectl(tools.kubectl, cluster, ...args)

  beforeAll(async () => {
    cluster = await startCluster({ tools, controllerManager: true })
    const namespaces = await run('get', 'namespaces', '-o', 'name')
    if (!namespaces.includes('namespace/kube-system')) await run('create', 'ns', 'kube-system')
    await run('apply', '-f', 'test/fixtures/coredns.yaml')
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  let address = 0
  /** Runs a section's commands, with pods that start as soon as they are created. */
  async function follow(heading: string): Promise<void> {
    const flags = `--kubeconfig ${cluster.kubeconfigs.certificate} --cache-dir ${join(cluster.folder, 'kubectl')}`
    const script = `kubectl() { ${tools.kubectl} ${flags} "$@"; }\n${commandsOf(heading)}`
    let running = true
    const commands = promisify(execFile)('/bin/sh', ['-ec', script]).finally(() => {
      running = false
    })
    const node = startPods(() => running)
    await commands
    await node
  }

  async function startPods(running: () => boolean): Promise<void> {
    await waitFor(
      'the commands have ended',
      async () => {
        await startPending()
        return !running()
      },
      { timeoutMs: 90_000, everyMs: 200 },
    )
  }

  async function startPending(): Promise<void> {
    const phases = await run(
      '-n',
      'kube-system',
      'get',
      'pods',
      '-o',
      'jsonpath={.items[*].status.phase}',
    )
    const pending = phases.split(' ').filter((phase) => phase === 'Pending').length
    const addresses = Array.from({ length: pending }, () => `10.1.0.${++address}`)
    if (pending > 0) await runPods(cluster, 'kube-system', addresses)
    // Nobody ends the pods of a fake node.
    const gone = await run(
      ...['-n', 'kube-system', 'get', 'pods', '-o'],
      'jsonpath={range .items[?(@.metadata.deletionTimestamp)]}{.metadata.name} {end}',
    )
    for (const name of gone
      .trim()
      .split(' ')
      .filter((text) => text !== '')) {
      await run('-n', 'kube-system', 'delete', 'pod', name, '--grace-period=0', '--force')
    }
  }

  /** Waits until the Service kube-dns has this many ready endpoints of each Deployment. */
  async function untilServed(coredns: number, clustersetDns: number): Promise<void> {
    await waitFor(
      `kube-dns has ${coredns} pods of CoreDNS and ${clustersetDns} of clusterset-dns`,
      async () => {
        await startPending()
        const names = await run(
          ...[
            '-n',
            'kube-system',
            'get',
            'endpointslices',
            '-l',
            'kubernetes.io/service-name=kube-dns',
          ],
          ...['-o', 'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].targetRef.name}'],
        )
        const pods = names.split(' ')
        const count = (prefix: string) => pods.filter((pod) => pod.startsWith(prefix)).length
        return count('coredns-') === coredns && count('clusterset-dns-cluster-') === clustersetDns
      },
      { timeoutMs: 60_000, everyMs: 200 },
    )
  }

  test('every step, and back', { timeout: 300_000 }, async () => {
    await untilServed(2, 0)
    await follow('2. Run it without traffic')
    await untilServed(2, 0)
    await follow('4. Take a share of the traffic')
    await untilServed(2, 2)
    await follow('5. Scale CoreDNS to 0')
    await untilServed(0, 2)
    await follow('Back')
    await untilServed(2, 0)
    const left = await run('-n', 'kube-system', 'get', 'deployments', '-o', 'name')
    expect(left.trim()).toBe('deployment.apps/coredns')
  })
})
