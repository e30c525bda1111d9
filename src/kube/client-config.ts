// Makes the client config of each kind of API source: in-cluster from the pod's environment and service account,
// kubeconfig through a child process, endpoint from the Corefile alone.
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { errorText } from '../errors.ts'
import type { ConfigDeps } from './client-deps.ts'
import { type ClientConfig, credentialsError } from './credentials.ts'
import {
  type KubeconfigSpec,
  type KubeconfigText,
  kubeconfigName,
  resolveKubeconfig,
  resolveKubeconfigText,
} from './kubeconfig.ts'
import { proxyFor } from './proxy.ts'
import { readServerUrl } from './server-url.ts'
import type { SourceSpec } from './source-spec.ts'

/** Where an API server is and how to authenticate to it. */
export type ApiSpec =
  | Exclude<SourceSpec, { kind: 'manifests' | 'kubeconfig' }>
  | (KubeconfigSpec & { readonly kind: 'kubeconfig' })
  /** A kubeconfig as text; `read` returns the current text, `from` names its place in messages. */
  | (Omit<KubeconfigText, 'text'> & { readonly kind: 'text'; readonly read: () => string })

/** The name of the source in messages and metrics. */
export function specName(spec: ApiSpec): string {
  if (spec.kind === 'in-cluster') return 'in-cluster'
  if (spec.kind === 'endpoint') return `endpoint ${spec.url}`
  if (spec.kind === 'text') return spec.from
  const context = spec.context === undefined ? '' : ` context ${spec.context}`
  return `kubeconfig ${kubeconfigName(spec)}${context}`
}

/**
 * Makes the client config; its `proxyUrl` is that of the kubeconfig, else the one that the environment names for the
 * server. Throws ApiError "credentials".
 */
export async function loadClientConfig(
  spec: ApiSpec,
  deps: ConfigDeps,
  signal: AbortSignal,
): Promise<ClientConfig> {
  const config = await configOf(spec, deps, signal)
  const { proxyUrl: configured, ...rest } = config
  try {
    const proxyUrl = proxyFor(config.server, configured, deps.env)
    return proxyUrl === undefined ? rest : { ...rest, proxyUrl }
  } catch (error) {
    throw credentialsError(`${specName(spec)}: ${errorText(error)}`, error)
  }
}

async function configOf(
  spec: ApiSpec,
  deps: ConfigDeps,
  signal: AbortSignal,
): Promise<ClientConfig> {
  if (spec.kind === 'kubeconfig') return resolveKubeconfig(spec, deps.env, signal)
  if (spec.kind === 'in-cluster') return inCluster(deps)
  if (spec.kind === 'text') {
    const { from, allow, read } = spec
    return resolveKubeconfigText({ text: read(), from, allow }, deps.env, signal)
  }
  return endpoint(spec)
}

function endpoint({ url, tls }: Extract<ApiSpec, { kind: 'endpoint' }>): ClientConfig {
  const files = tls && { ca: { file: tls.ca }, cert: { file: tls.cert }, key: { file: tls.key } }
  try {
    // The Corefile's `endpoint` has no user name and password.
    const { server } = readServerUrl(url)
    return { server, ...files, headers: {}, insecure: false, hashes: new Map() }
  } catch (error) {
    throw credentialsError(`endpoint: ${errorText(error)}`, error)
  }
}

function inCluster({ env, serviceAccountDirectory }: ConfigDeps): ClientConfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    // The first part is client-go's text (rest.ErrNotInCluster).
    const text =
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be ' +
      'defined: this is not a pod'
    throw credentialsError(`${text}; outside a pod configure a kubeconfig`)
  }
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ca: { file: join(serviceAccountDirectory, 'ca.crt') },
    token: { file: join(serviceAccountDirectory, 'token') },
    headers: {},
    insecure: false,
    hashes: new Map(),
  }
}
