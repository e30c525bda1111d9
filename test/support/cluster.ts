// A real Kubernetes control plane on loopback for end-to-end tests: etcd, kube-apiserver and optionally
// kube-controller-manager. There are no nodes, so pods never run. Several clusters can run at once; each has its own
// ports, folder, CA and keys.
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditedWrite, readAuditLog } from './audit-log.ts'
import { type Child, startChild } from './child.ts'
import {
  apiserverArgs,
  type ControlPlaneOptions,
  compact,
  startControllerManager,
  startEtcd,
  store,
  waitUntilHealthy,
  waitUntilReady,
  writeFiles,
} from './control-plane.ts'
import { freePort } from './free-port.ts'
import { createKubeClient, type KubeClient, type KubeObject } from './kube-client.ts'
import { type KubeconfigUser, writeKubeconfig } from './kubeconfig.ts'
import { createAuthority, type KeyPair } from './pki.ts'
import { createToken, revokeTokens } from './service-account-token.ts'

export interface ClusterOptions extends ControlPlaneOptions {
  /** Name of the cluster in files and messages. */
  readonly name?: string
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
  /** Paths of admin kubeconfigs: with a token, with an embedded client certificate, and with certificate files. */
  readonly kubeconfigs: {
    readonly token: string
    readonly certificate: string
    readonly certificateFiles: string
  }
  /** Writes a kubeconfig for any user of this cluster; returns its path. */
  readonly writeKubeconfig: (
    name: string,
    user: KubeconfigUser,
    options?: { readonly inline?: boolean; readonly server?: string; readonly ca?: string },
  ) => Promise<string>
  /** Issues a client certificate for this user and these groups. */
  readonly issueClientCertificate: (
    user: string,
    groups?: readonly string[],
    validity?: { readonly notBefore?: Date; readonly notAfter?: Date },
  ) => Promise<KeyPair>
  /**
   * Returns a bound token of a service account, which is created if missing. Below 600 s, the minimum of the API, it is
   * signed here, as if issued `ageSeconds` ago. The API server accepts a token for one more minute (clock skew).
   */
  readonly createToken: (
    serviceAccount: string,
    namespace: string,
    expirationSeconds?: number,
    ageSeconds?: number,
  ) => Promise<string>
  /** Revokes all tokens of a service account and waits up to 15 s until `token` gets a 401. */
  readonly revokeTokens: (serviceAccount: string, namespace: string, token: string) => Promise<void>
  /** Writes a service account folder as in a pod (`token`, `ca.crt`, `namespace`); returns its path. */
  readonly writeServiceAccountFolder: (token: string, namespace: string) => Promise<string>
  readonly kill9Apiserver: () => Promise<void>
  /** Kills the API server if it runs, and starts it on the same port. */
  readonly restartApiserver: () => Promise<void>
  /** Suspends the API server's process: it hangs with open connections until it is thawed. */
  readonly freezeApiserver: () => void
  readonly thawApiserver: () => void
  /**
   * Compacts etcd, so that all current resourceVersions expire; returns the compacted revision. The API server's watch
   * cache still has recent events: for a 410, restart the API server, too, or start it with `watchCache: false`.
   */
  readonly compact: () => Promise<number>
  /**
   * Stores an object in etcd, past the validation of the API server, as an older version left it. `key` is
   * "endpointslices/NAMESPACE/NAME".
   */
  readonly store: (key: string, object: KubeObject) => Promise<void>
  /** Backs up the data of etcd; API server and etcd are down meanwhile. */
  readonly backUp: () => Promise<void>
  /** Restores the backup: the same objects with their uids, and older resourceVersions. */
  readonly restore: () => Promise<void>
  /** The writes in the audit log of the API server; needs the option `audit`. */
  readonly auditedWrites: () => Promise<readonly AuditedWrite[]>
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
    let etcd: Child
    const startStore = async () => {
      etcd = startEtcd(tools, folder, etcdPort, peerPort)
      children.push(etcd)
      await waitUntilHealthy(etcd, etcdUrl, timeoutMs)
    }
    await startStore()

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
    const whileDown = async (work: () => Promise<void>) => {
      await kill9Apiserver()
      await etcd.stop()
      children.splice(children.indexOf(etcd), 1)
      await work()
      await startStore()
      await startApiserver()
    }
    const data = join(folder, 'etcd')
    const backup = join(folder, 'etcd-backup')
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
      createToken: (account, namespace, seconds = 3600, ageSeconds = 0) =>
        createToken(kube, files.serviceAccountKeyText, account, namespace, seconds, ageSeconds),
      revokeTokens: (account, namespace, token) => revokeTokens(kube, account, namespace, token),
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
      store: (key, object) => store(etcdUrl, key, object),
      backUp: () => whileDown(() => cp(data, backup, { recursive: true })),
      restore: () =>
        whileDown(async () => {
          await rm(data, { recursive: true })
          await cp(backup, data, { recursive: true })
        }),
      auditedWrites: () => readAuditLog(files.auditLog),
      apiserverOutput: () => output + (apiserver?.output() ?? ''),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
