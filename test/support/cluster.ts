// A real Kubernetes control plane on loopback for end-to-end tests: etcd and kube-apiserver, with
// kube-controller-manager where a test wants it. No nodes, so pods never run.
// Several can run side by side; each has its own ports, folder, CA and keys.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { createKubeClient, type KubeClient } from './kube-client.ts'
import { type KubeconfigUser, writeKubeconfig } from './kubeconfig.ts'
import { type Authority, createAuthority, type KeyPair } from './pki.ts'
import type { ToolPaths } from './tools.ts'
import { waitFor } from './wait-for.ts'

const ISSUER = 'https://kubernetes.default.svc'

export interface ClusterOptions {
  readonly tools: ToolPaths
  /** Name of the cluster in files and messages. */
  readonly name?: string
  /** Also run kube-controller-manager: garbage collection, namespaces, endpoint slices, deployments. */
  readonly controllerManager?: boolean
  /** False sends watches straight to etcd, so that `compact()` makes old versions 410 at once. */
  readonly watchCache?: boolean
  readonly serviceCidr?: string
  readonly apiserverArgs?: readonly string[]
  readonly controllerManagerArgs?: readonly string[]
  readonly timeoutMs?: number
}

export interface Cluster extends Omit<KubeClient, 'close'> {
  readonly name: string
  readonly url: string
  /** PEM text of the CA that signed the API server's certificate. */
  readonly ca: string
  readonly folder: string
  /** Bearer token of a member of system:masters. */
  readonly adminToken: string
  /** Admin kubeconfigs: token user, and client certificate user; inline and with files. */
  readonly kubeconfigs: {
    readonly token: string
    readonly certificate: string
    readonly certificateFiles: string
  }
  /** A further kubeconfig for any user of this cluster; returns its path. */
  readonly writeKubeconfig: (
    name: string,
    user: KubeconfigUser,
    options?: { readonly inline?: boolean; readonly server?: string; readonly ca?: string },
  ) => Promise<string>
  /** A client certificate that the API server takes as this user and these groups. */
  readonly issueClientCertificate: (
    user: string,
    groups?: readonly string[],
    validity?: { readonly notBefore?: Date; readonly notAfter?: Date },
  ) => Promise<KeyPair>
  /**
   * A bound token of a service account, which is created when missing. Below 600 s, the least that
   * the API gives, it is signed here. The API server remembers a good token for up to 10 s.
   */
  readonly createToken: (
    serviceAccount: string,
    namespace: string,
    expirationSeconds?: number,
  ) => Promise<string>
  /** A folder as pods have it: `token`, `ca.crt`, `namespace`. */
  readonly writeServiceAccountFolder: (token: string, namespace: string) => Promise<string>
  readonly kill9Apiserver: () => Promise<void>
  /** Starts the API server again on the same port, ending it first if it runs. */
  readonly restartApiserver: () => Promise<void>
  /** Stops and continues the API server's process: a server that hangs with open connections. */
  readonly freezeApiserver: () => void
  readonly thawApiserver: () => void
  /**
   * Compacts etcd to now and returns that revision. The API server's watch cache still has newer
   * events: for a 410, restart the API server as well, or start with `watchCache: false`.
   */
  readonly compact: () => Promise<number>
  readonly apiserverOutput: () => string
  readonly stop: () => Promise<void>
}

/** Starts a control plane and waits until it is ready (2 to 5 s). */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { tools, name = 'test', timeoutMs = 60_000 } = options
  const folder = await mkdtemp(join(tmpdir(), `cluster-${name}-`))
  const children: Child[] = []
  let client: KubeClient | undefined
  const stop = async () => {
    await Promise.all([client?.close(), ...children.map((child) => child.kill9())])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const [etcdPort, peerPort, port, authority] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      createAuthority(`${name}-ca`),
    ])
    const url = `https://127.0.0.1:${port}`
    const etcdUrl = `http://127.0.0.1:${etcdPort}`
    const adminToken = randomBytes(16).toString('hex')
    const files = await writeFiles(folder, authority, adminToken)
    const etcd = startEtcd(tools, folder, etcdPort, peerPort)
    children.push(etcd)
    await waitUntilHealthy(etcd, etcdUrl, timeoutMs)

    const kube = createKubeClient(url, authority.certificate, adminToken)
    client = kube
    const args = apiserverArgs(options, files, etcdUrl, port)
    let apiserver: Child | undefined
    let output = ''
    const startApiserver = async () => {
      const child = startChild('kube-apiserver', tools['kube-apiserver'], args)
      apiserver = child
      children.push(child)
      await waitUntilReady(child, kube, timeoutMs)
    }
    const kill9Apiserver = async () => {
      await apiserver?.kill9()
      output += apiserver?.output() ?? ''
      if (apiserver) children.splice(children.indexOf(apiserver), 1)
      apiserver = undefined
    }
    await startApiserver()

    const configure: Cluster['writeKubeconfig'] = (file, user, more = {}) =>
      writeKubeconfig(join(folder, 'kubeconfigs'), {
        name: file,
        server: more.server ?? url,
        ca: more.ca ?? authority.certificate,
        user,
        inline: more.inline ?? true,
      })
    const admin = await authority.issue({
      commonName: 'admin',
      groups: ['system:masters'],
      usage: 'client',
    })
    const kubeconfigs = {
      token: await configure('admin-token', { token: adminToken }),
      certificate: await configure('admin', admin),
      certificateFiles: await configure('admin-files', admin, { inline: false }),
    }
    if (options.controllerManager) {
      children.push(startControllerManager(options, files, kubeconfigs.certificate))
    }

    return {
      name,
      url,
      ca: authority.certificate,
      folder,
      adminToken,
      kubeconfigs,
      request: kube.request,
      apply: kube.apply,
      remove: kube.remove,
      writeKubeconfig: configure,
      issueClientCertificate: (commonName, groups = [], validity = {}) =>
        authority.issue({ commonName, groups, usage: 'client', ...validity }),
      createToken: (account, namespace, seconds = 3600) =>
        createToken(kube, files.serviceAccountKeyText, account, namespace, seconds),
      writeServiceAccountFolder: async (token, namespace) => {
        const path = await mkdtemp(join(folder, 'serviceaccount-'))
        await writeFile(join(path, 'token'), token)
        await writeFile(join(path, 'ca.crt'), authority.certificate)
        await writeFile(join(path, 'namespace'), namespace)
        return path
      },
      kill9Apiserver,
      restartApiserver: async () => {
        await kill9Apiserver()
        await startApiserver()
      },
      freezeApiserver: () => apiserver?.kill('SIGSTOP'),
      thawApiserver: () => apiserver?.kill('SIGCONT'),
      compact: () => compact(etcdUrl),
      apiserverOutput: () => output + (apiserver?.output() ?? ''),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Files {
  readonly ca: string
  readonly certificate: string
  readonly key: string
  readonly tokens: string
  readonly serviceAccountKey: string
  readonly serviceAccountPublicKey: string
  readonly serviceAccountKeyText: string
}

async function writeFiles(folder: string, authority: Authority, token: string): Promise<Files> {
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
  }
}

function startEtcd(tools: ToolPaths, folder: string, port: number, peerPort: number): Child {
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

function apiserverArgs(options: ClusterOptions, files: Files, etcdUrl: string, port: number) {
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
    // Pods could not be created otherwise: nobody makes the default service accounts.
    ...(options.controllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...(options.watchCache === false ? ['--watch-cache=false'] : []),
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    ...(options.apiserverArgs ?? []),
  ]
}

function startControllerManager(options: ClusterOptions, files: Files, kubeconfig: string): Child {
  return startChild('kube-controller-manager', options.tools['kube-controller-manager'], [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.ca}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=false',
    '--controllers=*,-node-lifecycle-controller,-node-ipam-controller,-node-route-controller',
    ...(options.controllerManagerArgs ?? []),
  ])
}

async function waitUntilHealthy(etcd: Child, url: string, timeoutMs: number): Promise<void> {
  const healthy = async () => {
    if (!etcd.running()) return 'ended'
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })
    return response.ok && 'healthy'
  }
  const state = await waitFor('etcd is healthy', healthy, { timeoutMs, detail: etcd.tail })
  if (state === 'ended') throw new Error(`etcd did not start\n${etcd.tail()}`)
}

async function waitUntilReady(child: Child, kube: KubeClient, timeoutMs: number): Promise<void> {
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

async function compact(etcdUrl: string): Promise<number> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${etcdUrl}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { header: { revision: string } }
  }
  const { header } = await post('range', { key: Buffer.from('compact').toString('base64') })
  await post('compaction', { revision: header.revision, physical: true })
  return Number(header.revision)
}

async function createToken(
  kube: KubeClient,
  signingKey: string,
  serviceAccount: string,
  namespace: string,
  expirationSeconds: number,
): Promise<string> {
  const [account] = await kube.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace } },
  ])
  if (expirationSeconds >= 600) {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`
    const { status, body } = await kube.request('POST', path, { spec: { expirationSeconds } })
    if (status >= 300) throw new Error(`token of ${serviceAccount}: ${status} ${body.message}`)
    return body.status.token
  }
  const now = Math.floor(Date.now() / 1000)
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = {
    iss: ISSUER,
    aud: [ISSUER],
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    iat: now,
    nbf: now,
    exp: now + expirationSeconds,
    jti: randomBytes(8).toString('hex'),
    'kubernetes.io': {
      namespace,
      serviceaccount: { name: serviceAccount, uid: account?.metadata.uid },
    },
  }
  const text = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`
  const key = createPrivateKey(signingKey)
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
