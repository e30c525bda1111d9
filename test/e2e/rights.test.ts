// The accounts of deploy/ have exactly the rights that their processes use: the audit logs of real API servers have every
// request of theirs.
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { grantedRights, recordAccounts, usedRights } from '../support/audited-rights.ts'
import { CLI } from '../support/build.ts'
import { type Child, startChild } from '../support/child.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { FLEET_ACCOUNT, FLEET_NAMESPACE } from '../support/fleet-clusters.ts'
import { freePort } from '../support/free-port.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { loadCrds, loadManifests } from '../support/manifests.ts'
import { mcsView } from '../support/mcs-view.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { helloExport, helloPorts, helloService, helloSlice, namespaceObject } from './hello.ts'

/** Folder of deploy/dns, its Corefile, and its account. */
const SERVERS = [
  ['base', 'base/Corefile', 'clusterset-dns:clusterset-dns'],
  ['overlays/cluster-dns', 'overlays/cluster-dns/Corefile', 'kube-system:clusterset-dns-cluster'],
  ['coredns-sidecar/objects', 'coredns-sidecar/objects/Corefile', 'kube-system:coredns'],
] as const

describeWithTools('the rights of', (tools) => {
  const logs = { hub: recordAccounts(), west: recordAccounts() }
  let hub: Cluster
  let west: Cluster
  let fleet: Child | undefined
  const servers: OurServer[] = []

  async function render(folder: string): Promise<KubeObject[]> {
    const { stdout } = await promisify(execFile)(tools.kubectl, ['kustomize', `deploy/${folder}`])
    return parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject)
  }

  /** A kubeconfig with the account, "NAMESPACE:NAME". */
  async function kubeconfigOf(cluster: Cluster, account: string): Promise<string> {
    const [namespace = '', name = ''] = account.split(':')
    const token = await cluster.createToken(name, namespace)
    return cluster.writeKubeconfig(name, { token })
  }

  beforeAll(async () => {
    const start = (name: 'hub' | 'west') =>
      startCluster({ tools, name, apiserverArgs: logs[name].args })
    ;[hub, west] = await Promise.all([start('hub'), start('west')])
    for (const cluster of [hub, west]) {
      await cluster.apply([...(await loadCrds()), ...(await render('namespace'))])
    }
    await west.apply([namespaceObject('kube-system'), namespaceObject('shop')])
  }, 120_000)

  afterAll(async () => {
    await Promise.all([fleet?.stop(), ...servers.map((server) => server.stop())])
    await Promise.all([hub?.stop(), west?.stop()])
    for (const { log } of Object.values(logs)) rmSync(dirname(log), { recursive: true })
  }, 60_000)

  test.each(SERVERS)(
    'deploy/dns/%s',
    async (folder, file, account) => {
      const objects = (await render(`dns/${folder}`)).filter(({ kind }) => kind !== 'Deployment')
      await west.apply(objects)
      const kubeconfig = await kubeconfigOf(west, account)
      const source = `kubeconfig ${kubeconfig}`
      const corefile = readFileSync(`deploy/dns/${file}`, 'utf8')
        .replace(/^ *bind .*\n/m, '')
        .replace(/^\.:\d+ \{/, '.:{$DNS_PORT} {\nbind 127.0.0.1')
        .replace(/^ *snapshot .*\n/m, '')
        .replace(/(multicluster clusterset.local)( \{\n *\})?/, `$1 {\n${source}\n}`)
        .replace('pods verified', `pods verified\n${source}`)
        .replace(/health.*\{/, 'health 127.0.0.1:{$HEALTH_PORT} {')
        .replace(/ready.*/, 'ready 127.0.0.1:{$READY_PORT}')
        .replace(/prometheus .*/, 'prometheus 127.0.0.1:{$METRICS_PORT}')
        .replace('forward . /etc/resolv.conf', 'forward . 127.0.0.1:9')
      const server = await startOurServer({ corefile })
      servers.push(server)
      await server.ready(30_000)
      // Watches that end are resumed after a list, which compares versions.
      await west.restartApiserver()
      await expectUsed(logs.west.log, account, grantedRights(objects), server.output)
    },
    120_000,
  )

  test('deploy/fleet in the hub and in a member', async () => {
    const account = `${FLEET_NAMESPACE}:${FLEET_ACCOUNT}`
    const ofMember = await render('fleet/member')
    await west.apply(ofMember)
    // A hub that is not a member, as deploy/fleet/hub-account says.
    await hub.apply(await render('fleet/account'))
    const files = ['rbac.yaml', 'renewal.yaml'].map((name) => `deploy/fleet/hub-account/${name}`)
    const ofHub = (await Promise.all(files.map(loadManifests))).flat().map((one) => {
      const metadata = { ...one.metadata, namespace: FLEET_NAMESPACE }
      const subjects = one.subjects as readonly object[] | undefined
      const bound = subjects?.map((subject) => ({ ...subject, namespace: FLEET_NAMESPACE }))
      return { ...one, metadata, ...(bound === undefined ? {} : { subjects: bound }) }
    })
    await hub.apply(ofHub)
    const listen = `127.0.0.1:${await freePort()}`
    const config = {
      hub: { kubeconfig: await kubeconfigOf(hub, account) },
      members: [],
      importMode: 'auto',
      listen,
      leader: { leaseSeconds: 3 },
    }
    const file = join(hub.folder, 'fleet.json')
    writeFileSync(file, JSON.stringify(config))
    fleet = startChild('fleet', process.execPath, [CLI, 'fleet', '--config', file])
    const { output } = fleet
    const logged = (what: RegExp) =>
      waitFor(`the log has ${what}`, () => what.test(output()), {
        timeoutMs: 40_000,
        detail: output,
      })
    // Past half of its lifetime, so the fleet renews it.
    const token = await west.createToken(FLEET_ACCOUNT, FLEET_NAMESPACE, 300, 400)
    const kubeconfig = readFileSync(await west.writeKubeconfig('west', { token }), 'base64')
    const labels = { 'clusterset-dns.io/member': 'west' }
    const metadata = { name: 'member-west', namespace: FLEET_NAMESPACE, labels }
    await hub.apply([{ apiVersion: 'v1', kind: 'Secret', metadata, data: { kubeconfig } }])
    await logged(/cluster west: in sync/)
    await logged(/cluster west: new token in Secret/)
    // An export that is imported, changed, and withdrawn.
    const service = helloService('shop', { selector: undefined })
    await west.apply([service, helloSlice('shop', helloPorts, ['10.1.0.1']), helloExport('shop')])
    const view = mcsView(west, 'shop')
    const has = (address: string) => async () => (await view.addresses('hello')).includes(address)
    await waitFor('it is imported', has('10.1.0.1'), { timeoutMs: 60_000, detail: output })
    await west.apply([helloSlice('shop', helloPorts, ['10.1.0.2'])])
    await west.apply([helloService('shop', { selector: undefined, sessionAffinity: 'None' })])
    await waitFor('its change is imported', has('10.1.0.2'), { timeoutMs: 60_000, detail: output })
    await Promise.all([west.restartApiserver(), hub.restartApiserver()])
    await west.remove([helloExport('shop')])
    await expectUsed(logs.west.log, account, grantedRights(ofMember), output)
    await expectUsed(logs.hub.log, account, grantedRights(ofHub), output)
  }, 180_000)

  /** Waits until the account has used all of these rights; no other may have been used. */
  async function expectUsed(
    log: string,
    account: string,
    granted: readonly string[],
    detail: () => string,
  ): Promise<void> {
    const missing = () => {
      const { used } = usedRights(log, account, granted)
      return granted.filter((right) => !used.includes(right))
    }
    await waitFor('all rights are used', () => missing().length === 0, {
      timeoutMs: 40_000,
      detail: () => `not used: ${missing()}\n${detail()}`,
    })
    expect(usedRights(log, account, granted)).toEqual({ used: granted, refused: [] })
  }
})
