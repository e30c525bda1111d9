// docs/getting-started.md, command by command in the order of the page, on two real API servers; and the Kustomization of
// docs/upgrading.md. kind and docker are
// recorded, not run; pods are fake, so the last step asks our DNS server instead of running curl.
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { CLI } from '../support/build.ts'
import { type Child, startChild } from '../support/child.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { runPods } from '../support/fake-node.ts'
import { freePort } from '../support/free-port.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { startOurServer } from '../support/our-server.ts'
import { pageBlocks } from '../support/page-blocks.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)
const blocks = pageBlocks('docs/getting-started.md', 'sh')
const COREFILE = '.:53 {\n    forward . /etc/resolv.conf\n}\n'
const IMAGE = 'clusterset-dns:0.1.0'

/** The entry of a kind config: what the page writes to `kind create cluster --config -`. */
interface KindConfig {
  readonly networking: { readonly podSubnet: string; readonly serviceSubnet: string }
}

/** What `kubectl wait` and `rollout status` need: running pods of a Deployment in a namespace. */
const FAKED: readonly (readonly [cluster: number, namespace: string, addresses: string[]])[] = [
  [0, 'shop', ['10.10.0.5', '10.10.0.6']],
  [1, 'clusterset-dns', ['10.20.0.5', '10.20.0.6']],
  [1, 'kube-system', ['10.20.0.7']],
]

const coreDns: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'coredns', namespace: 'kube-system' },
    data: { Corefile: COREFILE },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-dns' } },
        spec: { containers: [{ name: 'coredns', image: 'coredns' }] },
      },
    },
  },
]

const node = (name: string, podCIDR: string, address: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

describeWithTools('docs/getting-started.md', (tools) => {
  let clusters: readonly Cluster[]
  let folder: string
  let fleet: Child | undefined
  let isOver = false
  let pods: Promise<void>

  /** A program in front of the PATH: it runs `script` with its arguments. */
  const stub = (name: string, script: string) => {
    const file = join(folder, 'bin', name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
  }
  const env = () => ({
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    KUBECONFIG: join(folder, 'config'),
  })
  const recorded = () => readFileSync(join(folder, 'recorded'), 'utf8')

  beforeAll(async () => {
    clusters = await Promise.all(
      [110, 120].map((second, i) =>
        startCluster({
          tools,
          controllerManager: true,
          name: ['east', 'west'][i]!,
          serviceCidr: `10.${second}.0.0/16`,
        }),
      ),
    )
    folder = clusters[0]!.folder
    mkdirSync(join(folder, 'bin'))
    // Relative files of the page are written here; deploy/ is that of the repository.
    mkdirSync(join(folder, 'clone'))
    await run('ln', ['-s', resolve('deploy'), join(folder, 'clone/deploy')])
    const configs = clusters.map((cluster, i) => {
      const config = parse(readFileSync(cluster.kubeconfigs.certificate, 'utf8'))
      const name = `kind-${['east', 'west'][i]}`
      return {
        clusters: [{ ...config.clusters[0], name }],
        users: [{ ...config.users[0], name }],
        contexts: [{ name, context: { cluster: name, user: name } }],
      }
    })
    writeFileSync(
      join(folder, 'config'),
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'kind-east',
        clusters: configs.flatMap((one) => one.clusters),
        users: configs.flatMap((one) => one.users),
        contexts: configs.flatMap((one) => one.contexts),
      }),
    )
    const record = `echo "$(basename "$0") $*" >> '${folder}/recorded'`
    stub(
      'kind',
      `${record}\n[ -t 0 ] || { [ "$1" = create ] && cat >> '${folder}/kind-'"$4"; }\ntrue`,
    )
    stub('docker', record)
    // The fleet has a free port, and leaves its default one to others.
    const listen = `[ "$1 $2" != 'fleet --kubeconfig' ] || set -- "$@" --listen 127.0.0.1:${await freePort()}`
    stub('npm', `shift 3\n${listen}\nexec '${process.execPath}' '${CLI}' "$@"`)
    stub(
      'kubectl',
      `case " $* " in *" run curl "*) ${record}; exit;; esac\n` +
        `exec '${tools.kubectl}' --cache-dir '${folder}/kubectl' "$@"`,
    )
    await clusters[0]!.apply([node('east-control-plane', '10.10.0.0/24', '172.18.0.2')])
    await clusters[1]!.apply([node('west-control-plane', '10.20.0.0/24', '172.18.0.3'), ...coreDns])
    const keepPods = async () => {
      while (!isOver) {
        for (const [i, namespace, addresses] of FAKED) {
          await runPods(clusters[i]!, namespace, addresses).catch(() => [])
        }
        await new Promise((wake) => setTimeout(wake, 300))
      }
    }
    pods = keepPods()
  }, 120_000)

  afterAll(async () => {
    isOver = true
    await pods
    await fleet?.stop()
    await Promise.all(clusters?.map((cluster) => cluster.stop()) ?? [])
  }, 60_000)

  test('every command of the page runs, and the name is answered', {
    timeout: 240_000,
  }, async () => {
    const outputs: string[] = []
    for (const block of blocks) {
      const args = ['-eu', '-c', block]
      if (/^npm run cli -- fleet --kubeconfig/.test(block)) {
        // The second terminal; `exec`, so that a signal reaches the fleet itself.
        fleet = startChild('fleet', '/bin/sh', ['-c', `exec ${block}`], {
          env: env(),
          cwd: join(folder, 'clone'),
        })
        await waitFor('the fleet leads', () => /leader/i.test(fleet!.output()), {
          timeoutMs: 30_000,
          detail: fleet.tail,
        })
      } else if (block.includes('kind delete')) {
      } else {
        const options = { env: env(), cwd: join(folder, 'clone') }
        const attempt = async () => {
          const { stdout } = await run('/bin/sh', args, options).catch((error) => {
            throw new Error(`${block}\n${error.stdout}\n${error.stderr}\n${fleet?.tail() ?? ''}`)
          })
          return { stdout }
        }
        // The Lease of a member is written at its first probe, within ten seconds; a reader is slower than that.
        const isExplain = block.startsWith('npm run cli -- explain')
        const { stdout } = isExplain
          ? await waitFor('no step is broken or unseen', attempt, { timeoutMs: 30_000 })
          : await attempt()
        outputs.push(stdout)
      }
    }

    // The page creates clusters with networks that do not overlap, and routes between them.
    const kinds = ['east', 'west'].map(
      (name) => parse(readFileSync(join(folder, `kind-${name}`), 'utf8')) as KindConfig,
    )
    expect(new Set(kinds.flatMap(({ networking }) => Object.values(networking))).size).toBe(4)
    expect(recorded()).toContain(
      'docker exec east-control-plane ip route replace 10.20.0.0/24 via 172.18.0.3\n' +
        'docker exec west-control-plane ip route replace 10.10.0.0/24 via 172.18.0.2\n',
    )
    // The image that the page builds is the one that deploy/dns/base runs.
    expect(recorded()).toContain(
      `docker build -t ${IMAGE} .\nkind load docker-image ${IMAGE} --name west\n`,
    )
    const { stdout: base } = await run(tools.kubectl, ['kustomize', 'deploy/dns/base'])
    expect(base).toContain(`image: ${IMAGE}\n`)

    // `fleet check` finds nothing, and `explain` no broken link.
    const checked = outputs.find((text) => text.includes('hub ')) ?? ''
    expect(checked).not.toMatch(/^\s*FAILED/m)
    expect(outputs.at(-1)).toMatch(/^shop\/web is whole/)

    // CoreDNS keeps its Corefile, and has one more block, with the address of our Service.
    const west = clusters[1]!
    const get = async (path: string) => (await west.request<Found>('GET', path)).body
    const service = await get('/api/v1/namespaces/clusterset-dns/services/clusterset-dns')
    const config = await get('/api/v1/namespaces/kube-system/configmaps/coredns')
    expect(config.data!.Corefile).toMatch(
      /^\.:53 \{\n {4}forward \. \/etc\/resolv.conf\n\}\nclusterset\.local:53 \{\n/,
    )
    expect(config.data!.Corefile).toContain(`forward . ${service.spec!.clusterIP}\n`)

    // The DNS server of the page answers the name that the page's curl asks, with the address of amcs-web.
    const [, name] = /curl -s .*http:\/\/([^/]+)\//.exec(recorded()) ?? []
    const amcs = await get('/api/v1/namespaces/shop/services/amcs-web')
    const corefile = (await readFileSync('deploy/dns/base/Corefile', 'utf8'))
      .replace('.:5353', '.:{$DNS_PORT}')
      .replace('ready', 'ready 127.0.0.1:{$READY_PORT}')
      .replace('0.0.0.0:9153', '127.0.0.1:{$METRICS_PORT}')
      .replace(/ {4}health \{[^}]*\}\n/, '')
      .replace(/snapshot .*/, `kubeconfig ${west.kubeconfigs.certificate}`)
    const server = await startOurServer({ corefile })
    try {
      await server.ready()
      const reply = await query({ port: server.port, name: name!, type: 'A' })
      expect(reply.answers.map(({ data }) => data)).toEqual([amcs.spec!.clusterIP])
    } finally {
      await server.stop()
    }
    // Both pods of east are behind it.
    const slices = await west.request<{ items: Slice[] }>(
      'GET',
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
    )
    const addresses = slices.body.items.flatMap(({ endpoints }) =>
      endpoints.flatMap((one) => one.addresses),
    )
    expect(addresses.sort()).toEqual(['10.10.0.5', '10.10.0.6'])
  })

  test('the Kustomization of docs/upgrading.md runs the DNS server from your registry', async () => {
    const overlay = join(folder, 'clone/overlay')
    mkdirSync(overlay)
    const [text = ''] = pageBlocks('docs/upgrading.md', 'yaml')
    writeFileSync(join(overlay, 'kustomization.yaml'), text)
    const { stdout } = await run(tools.kubectl, ['kustomize', overlay])
    const images = [...stdout.matchAll(/^ +image: (.*)$/gm)].map(([, image]) => image)
    expect(images).toEqual([`registry.example.com/${IMAGE}`])
  })
})

interface Found {
  readonly spec?: { readonly clusterIP: string }
  readonly data?: { readonly Corefile: string }
}

interface Slice {
  readonly endpoints: readonly { readonly addresses: readonly string[] }[]
}
