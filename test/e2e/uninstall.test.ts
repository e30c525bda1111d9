// Installing, upgrading and removing a part of deploy/ leaves all that is not this part as it was. The real kubectl does it
// on a real API server, with the commands of docs/uninstall.md.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { applyText, kubectl } from '../support/kubectl.ts'

const COREDNS = 'test/fixtures/coredns.yaml'
const SIDECAR = 'deploy/dns/coredns-sidecar'

/** Objects of users and of the other parts. */
const OTHERS = `
apiVersion: v1
kind: Secret
metadata: {name: member-west, namespace: clusterset-dns-fleet, labels: {clusterset-dns.io/member: west}}
stringData: {kubeconfig: text}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: member-west, namespace: clusterset-dns-fleet}
spec: {holderIdentity: west}
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceExport
metadata: {name: web, namespace: default}
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceImport
metadata: {name: web, namespace: default}
spec: {type: Headless, ports: [{name: http, port: 80}]}
`

/** False for the Lease with which the API server announces itself and which it renews by itself. */
function isKept({ kind, metadata }: KubeObject): boolean {
  return kind !== 'Lease' || metadata.namespace !== 'kube-system'
}

describeWithTools('the parts of deploy/', (tools) => {
  let cluster: Cluster
  const run = (...args: readonly string[]) => kubectl(tools.kubectl, cluster, ...args)
  /** Runs commands of the documentation. */
  const shell = async (text: string) => {
    const flags = `--kubeconfig ${cluster.kubeconfigs.certificate} --cache-dir ${join(cluster.folder, 'kubectl')}`
    const kubectlCommand = `kubectl() { ${tools.kubectl} ${flags} "$@"; }`
    await promisify(execFile)('/bin/sh', ['-ec', `${kubectlCommand}\n${text}`])
  }
  const patch = (file: string) =>
    run('-n', 'kube-system', 'patch', 'deployment', 'coredns', '--patch-file', `${SIDECAR}/${file}`)

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    const namespaces = await run('get', 'namespaces', '-o', 'name')
    if (!namespaces.includes('namespace/kube-system')) await run('create', 'ns', 'kube-system')
    await run('apply', '-k', 'deploy/namespace')
    await run('apply', '-k', 'deploy/crds')
    await run('wait', '--for=condition=Established', 'crd', '--all')
    await applyText(tools.kubectl, cluster, OTHERS)
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  const KINDS = [
    'namespaces,crds,serviceexports,serviceimports,secrets,leases,deployments,daemonsets,configmaps,services',
    'serviceaccounts,clusterroles,clusterrolebindings,roles,rolebindings',
    'validatingadmissionpolicies,validatingadmissionpolicybindings,networkpolicies',
    'poddisruptionbudgets',
  ].join(',')

  /** Everything in the cluster, without the bookkeeping of the API server. */
  async function snapshot(): Promise<Record<string, unknown>> {
    const text = await run('get', KINDS, '--all-namespaces', '-o', 'json')
    const { items } = JSON.parse(text) as { readonly items: readonly KubeObject[] }
    return Object.fromEntries(
      items.filter(isKept).map((object) => {
        const { kind, metadata, ...rest } = object
        const { managedFields, resourceVersion, generation, ...kept } = metadata as Record<
          string,
          unknown
        >
        return [`${kind} ${kept.namespace ?? ''}/${kept.name}`, { metadata: kept, ...rest }]
      }),
    )
  }

  async function containers(): Promise<string[]> {
    const path = 'jsonpath={.spec.template.spec.containers[*].name}'
    const names = await run('-n', 'kube-system', 'get', 'deployment', 'coredns', '-o', path)
    return names.split(' ').sort()
  }

  const withSidecar = ['clusterset-dns', 'coredns']

  async function installSidecar(): Promise<void> {
    await run('apply', '-k', `${SIDECAR}/objects`)
    await patch('sidecar.yaml')
  }

  async function removeSidecar(): Promise<void> {
    await patch('remove.yaml')
    await run('delete', '-k', `${SIDECAR}/objects`)
  }

  test.each([
    'deploy/dns/base',
    'deploy/dns/overlays/cluster-dns',
    'deploy/dns/overlays/node-cache',
    'deploy/fleet/member',
    'deploy/fleet/hub',
  ])(
    'installing, upgrading and removing %s leaves everything else as it was',
    async (folder) => {
      const before = await snapshot()
      await run('apply', '-k', folder)
      expect(await snapshot()).toMatchObject(before)
      await run('apply', '-k', folder)
      expect(await snapshot()).toMatchObject(before)
      await run('delete', '-k', folder)
      expect(await snapshot()).toEqual(before)
    },
    60_000,
  )

  test('removing the fleet leaves the DNS server as it was', async () => {
    await run('apply', '-k', 'deploy/dns/base')
    const before = await snapshot()
    await run('apply', '-k', 'deploy/fleet/hub')
    await run('delete', '-k', 'deploy/fleet/hub')
    expect(await snapshot()).toEqual(before)
    await run('delete', '-k', 'deploy/dns/base')
  }, 60_000)

  test('configurations of earlier upgrades of the hub are found by their label', async () => {
    const before = await snapshot()
    const folder = await mkdtemp(join(tmpdir(), 'deploy-'))
    try {
      await cp('deploy', folder, { recursive: true })
      await run('apply', '-k', 'deploy/fleet/hub')
      await writeFile(join(folder, 'fleet/hub/fleet.yaml'), 'hub: {inCluster: true}\n')
      await run('apply', '-k', join(folder, 'fleet/hub'))
      await run('delete', '-k', join(folder, 'fleet/hub'))
    } finally {
      await rm(folder, { recursive: true })
    }
    const label = 'app.kubernetes.io/name=clusterset-dns-fleet'
    await run('-n', 'clusterset-dns-fleet', 'delete', 'configmap', '-l', label)
    expect(await snapshot()).toEqual(before)
  }, 60_000)

  test('the commands that move the fleet to its own namespace take Leases and Secrets along', async () => {
    const before = await snapshot()
    const folder = await mkdtemp(join(tmpdir(), 'deploy-'))
    try {
      // The former layout, as far as the commands need it.
      await cp('deploy', folder, { recursive: true })
      for (const part of ['account', 'member', 'hub-account', 'hub']) {
        const file = join(folder, 'fleet', part, 'kustomization.yaml')
        const text = await readFile(file, 'utf8')
        const later = '(service|disruption-budget|network-policy|policy|renewal)'
        const former = text.replaceAll(new RegExp(`(, |\n- )${later}\\.yaml`, 'g'), '')
        await writeFile(file, former.replace(/^namespace: .*$/m, 'namespace: clusterset-dns'))
      }
      await run('apply', '-k', join(folder, 'fleet/hub'))
    } finally {
      await rm(folder, { recursive: true })
    }
    const mine = OTHERS.split('---')
      .slice(0, 2)
      .map((text) => text.replaceAll('clusterset-dns-fleet', 'clusterset-dns'))
      .map((text) => text.replaceAll('member-west', 'member-east').replace('west', 'east'))
    const leader = mine[1]!.replace('member-east', 'fleet-leader')
    const labelled = mine[1]!.replace('}', ', labels: {clusterset-dns.io/member: east}}')
    await applyText(tools.kubectl, cluster, [mine[0], labelled, leader].join('---'))

    const docs = await readFile('docs/uninstall.md', 'utf8')
    const section = docs.slice(docs.indexOf('## Moving the fleet'), docs.indexOf('## What stays'))
    const commands = [...section.matchAll(/```console\n([^`]*)```/g)].map(([, text]) => text!)
    expect(commands).toHaveLength(2)
    for (const text of commands) await shell(text)
    const [secret, lease] = await Promise.all(
      ['secret', 'lease'].map((kind) =>
        run('-n', 'clusterset-dns-fleet', 'get', kind, 'member-east', '-o', 'json'),
      ),
    )
    const label = { 'clusterset-dns.io/member': 'east' }
    expect(JSON.parse(secret!)).toMatchObject({
      metadata: { labels: label },
      data: { kubeconfig: 'dGV4dA==' },
    })
    expect(JSON.parse(lease!)).toMatchObject({ metadata: { labels: label } })

    await run('-n', 'clusterset-dns-fleet', 'delete', 'secret/member-east', 'lease/member-east')
    await run('delete', '-k', 'deploy/fleet/hub')
    expect(await snapshot()).toEqual(before)
  }, 60_000)

  const serverSide = ['apply', '--server-side', '--field-manager=installer']

  describe.each([
    ['create', ['create']],
    ['client-side apply', ['apply']],
    ['server-side apply of another manager', serverSide],
  ] as const)("the sidecar of a CoreDNS from '%s'", (_, create) => {
    beforeEach(async () => {
      await run(...create, '-f', COREDNS)
    }, 30_000)

    afterEach(async () => {
      await run('delete', '--ignore-not-found', '-f', COREDNS)
    }, 30_000)

    test('comes and goes without a change to anything else', async () => {
      const before = await snapshot()
      await installSidecar()
      expect(await containers()).toEqual(withSidecar)
      const installed = await snapshot()
      await installSidecar()
      expect(await snapshot()).toEqual(installed)
      const { 'Deployment kube-system/coredns': _deployment, ...others } = before
      expect(installed).toMatchObject(others)
      await patch('remove.yaml')
      await removeSidecar()
      expect(await snapshot()).toEqual(before)
    }, 60_000)

    test("is patched in again after the owner's replace", async () => {
      await installSidecar()
      await run('replace', '-f', COREDNS)
      expect(await containers()).toEqual(['coredns'])
      await patch('sidecar.yaml')
      expect(await containers()).toEqual(withSidecar)
      await removeSidecar()
    }, 60_000)
  })

  test.each([
    ['client-side', ['apply']],
    ['server-side', serverSide],
  ] as const)(
    "the sidecar survives the owner's next %s apply",
    async (_, apply) => {
      await run(...apply, '-f', COREDNS)
      await installSidecar()
      await run(...apply, '-f', COREDNS)
      expect(await containers()).toEqual(withSidecar)
      await removeSidecar()
      await run('delete', '-f', COREDNS)
    },
    60_000,
  )

  test.each([
    ['client-side', ['apply']],
    ['server-side', serverSide],
  ] as const)(
    'the component comes and goes with a base, %s apply',
    async (_, apply) => {
      const folder = await mkdtemp(join(tmpdir(), 'deploy-'))
      const write = (text: string) =>
        writeFile(join(folder, 'kustomization.yaml'), `resources: [coredns.yaml]\n${text}`)
      try {
        await cp(COREDNS, join(folder, 'coredns.yaml'))
        await cp(SIDECAR, join(folder, 'coredns-sidecar'), { recursive: true })
        await write('')
        await run(...apply, '-k', folder)
        const before = await snapshot()
        await write('components: [coredns-sidecar]\n')
        await run(...apply, '-k', folder)
        expect(await containers()).toEqual(withSidecar)
        await write('')
        await run(...apply, '-k', folder)
        await run('delete', '-k', `${SIDECAR}/objects`)
        expect(await snapshot()).toEqual(before)
      } finally {
        await run('delete', '--ignore-not-found', '-f', COREDNS)
        await rm(folder, { recursive: true })
      }
    },
    60_000,
  )

  test('the component is refused without a Deployment to patch', async () => {
    await expect(run('apply', '-k', SIDECAR)).rejects.toThrow(/no matches for Id|no resource/i)
  })
})
