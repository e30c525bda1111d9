// The programs of a test cluster: their files, flags and readiness.
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AUDIT_POLICY } from './audit-log.ts'
import { type Child, startChild } from './child.ts'
import type { KubeClient } from './kube-client.ts'
import type { Authority } from './pki.ts'
import { ISSUER } from './service-account-token.ts'
import type { ToolPaths } from './tools.ts'
import { waitFor } from './wait-for.ts'

/** Options of `startCluster` for the programs. */
export interface ControlPlaneOptions {
  readonly tools: ToolPaths
  /** Runs kube-controller-manager, too: garbage collection, namespaces, endpoint slices, deployments. */
  readonly controllerManager?: boolean
  /** False sends watches directly to etcd, so that old versions are 410 right after `compact()`. */
  readonly watchCache?: boolean
  readonly serviceCidr?: string
  /** Records every write in the audit log. */
  readonly audit?: boolean
  readonly apiserverArgs?: readonly string[]
  readonly controllerManagerArgs?: readonly string[]
}

/** Paths of the files of a cluster. */
interface ControlPlaneFiles {
  readonly ca: string
  readonly certificate: string
  readonly key: string
  readonly tokens: string
  readonly serviceAccountKey: string
  readonly serviceAccountPublicKey: string
  readonly serviceAccountKeyText: string
  readonly auditPolicy: string
  /** The API server writes this file. */
  readonly auditLog: string
}

/** Writes the certificates, keys and tokens of the API server. */
export async function writeFiles(
  folder: string,
  authority: Authority,
  token: string,
): Promise<ControlPlaneFiles> {
  const serving = await authority.issue({
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  })
  const account = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const put = async (file: string, text: string) => {
    const path = join(folder, file)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  await mkdir(join(folder, 'kubeconfigs'))
  return {
    ca: await put('ca.crt', authority.certificate),
    certificate: await put('apiserver.crt', serving.certificate),
    key: await put('apiserver.key', serving.key),
    tokens: await put('tokens.csv', `${token},admin,admin,"system:masters"\n`),
    serviceAccountKey: await put('service-accounts.key', account.privateKey),
    serviceAccountPublicKey: await put('service-accounts.pub', account.publicKey),
    serviceAccountKeyText: account.privateKey,
    auditPolicy: await put('audit-policy.yaml', AUDIT_POLICY),
    auditLog: join(folder, 'audit.log'),
  }
}

/** Starts etcd without fsync: no data has to survive a test. */
export function startEtcd(tools: ToolPaths, folder: string, port: number, peerPort: number): Child {
  const client = `http://127.0.0.1:${port}`
  const peer = `http://127.0.0.1:${peerPort}`
  return startChild('etcd', tools.etcd, [
    '--name=test',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ])
}

/** The flags of kube-apiserver. */
export function apiserverArgs(
  options: ControlPlaneOptions,
  files: ControlPlaneFiles,
  etcdUrl: string,
  port: number,
) {
  const { serviceCidr = '10.96.0.0/16,fd00:96::/112' } = options
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.key}`,
    `--client-ca-file=${files.ca}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    // Without a controller manager no default service accounts exist, and the plugin would reject all pods.
    ...(options.controllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...(options.watchCache === false ? ['--watch-cache=false'] : []),
    ...(options.audit
      ? [
          `--audit-policy-file=${files.auditPolicy}`,
          `--audit-log-path=${files.auditLog}`,
          '--audit-log-mode=blocking-strict',
        ]
      : []),
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    ...(options.apiserverArgs ?? []),
  ]
}

/** Starts kube-controller-manager without the controllers that need a cloud or nodes. */
export function startControllerManager(
  options: ControlPlaneOptions,
  files: ControlPlaneFiles,
  kubeconfig: string,
): Child {
  return startChild('kube-controller-manager', options.tools['kube-controller-manager'], [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.ca}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=false',
    '--controllers=*,-node-lifecycle-controller,-node-ipam-controller,-node-route-controller,' +
      '-pod-garbage-collector-controller',
    ...(options.controllerManagerArgs ?? []),
  ])
}

/** Waits until etcd is healthy; throws at once when it has ended. */
export async function waitUntilHealthy(etcd: Child, url: string, timeoutMs: number): Promise<void> {
  const healthy = async () => {
    if (!etcd.running()) return 'ended'
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })
    return response.ok && 'healthy'
  }
  const state = await waitFor('etcd is healthy', healthy, { timeoutMs, detail: etcd.tail })
  if (state === 'ended') throw new Error(`etcd did not start\n${etcd.tail()}`)
}

/** Waits until kube-apiserver is ready; throws at once when it has ended. */
export async function waitUntilReady(
  child: Child,
  kube: KubeClient,
  timeoutMs: number,
): Promise<void> {
  const ready = async () => {
    if (!child.running()) return 'ended'
    const { status } = await kube.request('GET', '/readyz', undefined, {
      signal: AbortSignal.timeout(2_000),
    })
    return status === 200 && 'ready'
  }
  const state = await waitFor('kube-apiserver is ready', ready, { timeoutMs, detail: child.tail })
  if (state === 'ended') throw new Error(`kube-apiserver did not start\n${child.tail()}`)
}

/** Stores an object in etcd, past the validation of the API server: as an older version left it. */
export async function store(etcdUrl: string, key: string, object: unknown): Promise<void> {
  const entry = {
    key: Buffer.from(`/registry/${key}`).toString('base64'),
    value: Buffer.from(JSON.stringify(object)).toString('base64'),
  }
  const response = await fetch(`${etcdUrl}/v3/kv/put`, {
    method: 'POST',
    body: JSON.stringify(entry),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`etcd put: ${response.status} ${await response.text()}`)
}

/** Compacts etcd so that all current resourceVersions expire; returns the compacted revision. */
export async function compact(etcdUrl: string): Promise<number> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${etcdUrl}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { header: { revision: string } }
  }
  // A watch starts after its version, so the current version expires only after two newer revisions.
  const entry = { key: Buffer.from('compact').toString('base64'), value: '' }
  await post('put', entry)
  const { header } = await post('put', entry)
  await post('compaction', { revision: header.revision, physical: true })
  return Number(header.revision)
}
