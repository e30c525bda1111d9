// `export`, `unexport` and `gather` on a real API server, as an administrator and with the account of the fleet.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportWith } from '../../src/cli/export/export-command.ts'
import { parseExportFlags } from '../../src/cli/export/export-flags.ts'
import { gather } from '../../src/cli/gather/gather-command.ts'
import { parseGatherFlags } from '../../src/cli/gather/gather-flags.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type FleetClusters, startFleetClusters } from '../support/fleet-clusters.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'
import { namespaceObject } from './hello.ts'

const EXPORT = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/shop/serviceexports/web'
const SECRET = 'MARK-secret-x7q'
const FLEET = 'clusterset-dns-fleet'

describeWithTools('commands on a real API server', (tools) => {
  let started: FleetClusters
  const cluster = () => started.clusters[0]!

  beforeAll(async () => {
    started = await startFleetClusters({ tools, ids: ['east'] })
    const labels = { 'app.kubernetes.io/name': FLEET, extra: 'yes' }
    const env = [{ name: 'PIN', value: SECRET }]
    await cluster().apply([
      namespaceObject('shop'),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop', annotations: { note: SECRET } },
        spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'outside', namespace: 'shop' },
        spec: { type: 'ExternalName', externalName: 'example.com' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's', namespace: 'shop' },
        stringData: { key: SECRET },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'coredns', namespace: 'kube-system' },
        data: { Corefile: `.:53 {\n  tsig {\n    secret k. ${SECRET}\n  }\n}\n`, other: SECRET },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'extra', namespace: FLEET, labels },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  name: 'fleet',
                  image: 'example/fleet:1',
                  env,
                  ports: [{ name: 'http', containerPort: 8090 }],
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    capabilities: { drop: ['ALL'] },
                    runAsNonRoot: true,
                    seccompProfile: { type: 'RuntimeDefault' },
                  },
                },
              ],
            },
          },
        },
      },
    ])
    const pods = `/api/v1/namespaces/${FLEET}/pods`
    await waitFor(
      'the pod exists',
      async () => {
        const { body } = await cluster().request<{ items: readonly KubeObject[] }>('GET', pods)
        return body.items.some(({ metadata }) => metadata.name.startsWith('extra-'))
      },
      { timeoutMs: 60_000 },
    )
  }, 120_000)

  afterAll(() => started?.stop(), 60_000)

  const exportLine = async (command: 'export' | 'unexport', ...args: readonly string[]) => {
    const lines: string[] = []
    const kubeconfig = ['--kubeconfig', cluster().kubeconfigs.token]
    const flags = parseExportFlags(command, [...kubeconfig, ...args])!
    const add = (line: string) => void lines.push(line)
    const terminal = { print: add, show: add }
    const { signal } = new AbortController()
    expect(await exportWith(command, flags, memoryLog([]), terminal, signal)).toBe(0)
    return lines.join('\n')
  }
  const status = async () => (await cluster().request('GET', EXPORT)).status

  test('export creates the ServiceExport once, unexport deletes it once, --dry-run neither', async () => {
    expect(await exportLine('export', 'web.shop', '--dry-run')).toContain('would be exported')
    expect(await status()).toBe(404)
    expect(await exportLine('export', 'web', '-n', 'shop')).toContain('was created')
    expect(await status()).toBe(200)
    expect(await exportLine('export', 'shop/web')).toContain('is exported already')
    expect(await exportLine('unexport', 'shop/web', '--dry-run')).toContain('would no longer')
    expect(await status()).toBe(200)
    expect(await exportLine('unexport', 'shop/web')).toContain('was deleted')
    expect(await status()).toBe(404)
    expect(await exportLine('unexport', 'shop/web')).toContain('there is no ServiceExport')
  }, 120_000)

  test.each([
    ['db.shop', /^there is no Service db in the namespace shop of https:/],
    ['web.nowhere', /^there is no namespace nowhere in https:/],
    ['outside.shop', /A Service of type ExternalName cannot be exported/],
    // The namespace of a context that names none.
    ['web', /^there is no Service web in the namespace default /],
  ])('export %s fails', { timeout: 60_000 }, async (name, message) => {
    await expect(exportLine('export', name)).rejects.toMatchObject({
      code: 'EXPORT',
      message: expect.stringMatching(message),
    })
  })

  test('who may not create a ServiceExport is told which right is missing', async () => {
    const token = await cluster().createToken('reader', 'shop')
    const kubeconfig = await cluster().writeKubeconfig('reader', { token })
    const args = ['web.shop', '--kubeconfig', kubeconfig]
    await expect(exportLine('export', ...args)).rejects.toMatchObject({ code: 'API_FORBIDDEN' })
    await expect(exportLine('unexport', ...args)).rejects.toMatchObject({
      code: 'API_FORBIDDEN',
      message: expect.stringContaining('grant the verb "delete"'),
    })
  }, 60_000)

  const gathered = async (name: string, kubeconfig: string) => {
    const file = join(cluster().folder, name)
    const args = ['--kubeconfig', kubeconfig, '--contexts', 'east', '-o', file]
    const { config, ...flags } = parseGatherFlags(args)!
    // The context of a kubeconfig of the tests is its current one.
    const spec = { kind: 'kubeconfig', file: kubeconfig } as const
    const one = { ...config, members: [{ id: 'east', spec }], hub: spec }
    const terminal = { print: () => {} }
    const { signal } = new AbortController()
    const code = await gather({ config: one, ...flags }, memoryLog([]), terminal, signal)
    expect(code).toBe(0)
    return gunzipSync(await readFile(file)).toString('utf8')
  }

  test('gather reads all as an administrator, without Secrets', async () => {
    await exportLine('export', 'web.shop')
    const text = await gathered('admin.tar.gz', cluster().kubeconfigs.token)
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64'))
    expect(text).not.toContain(cluster().adminToken)
    expect(text).toContain('"image": "example/fleet:1"')
    expect(text).toContain('secret [hidden]')
    expect(text).toMatch(/^ {2}1 serviceexports$/m)
    // No pod runs here; all but its metrics is read.
    const unread = [...text.matchAll(/^ {2}NOT READ {2}(\w+)/gm)].map(([, what]) => what)
    expect(new Set(unread)).toEqual(new Set(['metrics']))
  }, 120_000)

  test('gather reads what the account of the fleet may read, and says what not', async () => {
    const text = await gathered('fleet.tar.gz', started.members.east!)
    expect(text).toMatch(/^ {2}1 serviceexports$/m)
    expect(text).toMatch(/^ {2}NOT READ {2}events: API_FORBIDDEN: RBAC forbids us to list events /m)
    expect(text).not.toContain(SECRET)
  }, 120_000)
})
