// Checks what a source needs on this machine, without a connection: files, folders, contexts, the environment of a pod.
import { createHash } from 'node:crypto'
import { loadClientConfig } from '../kube/client-config.ts'
import { defaultConfigDeps } from '../kube/client-deps.ts'
import { type Credentials, readCredentials } from '../kube/credentials.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { checkDirectory } from './manifests.ts'

/**
 * Rejects when the source can never be read as things are: a kubeconfig, context, CA, certificate, key, token or
 * manifests folder is missing or cannot be used, a proxy is invalid, or this is not a pod. The error is an ApiError "credentials" or a
 * CodedError MANIFEST. An API server that cannot be reached is no error: it may come. An exec plugin is not run, because
 * it may need the network; client-go runs it with the first request, too (coredns plugin/kubernetes InitKubeCache).
 * Resolves to a text that names the cluster, '' for manifests.
 */
export async function checkSource(spec: SourceSpec): Promise<string> {
  if (spec.kind === 'manifests') {
    checkDirectory(spec.directory)
    return ''
  }
  const apiSpec = spec.kind === 'kubeconfig' ? { ...spec, runProvider: false } : spec
  const { signal } = new AbortController()
  return clusterOf(
    await readCredentials(await loadClientConfig(apiSpec, defaultConfigDeps, signal)),
  )
}

/**
 * Names a cluster by what is known of it without a connection: the address of its API server, which has no user name and
 * password, and the SHA-256 of its CA. All clusters may have one address within their pods; each has its CA.
 */
function clusterOf({ server, ca }: Credentials): string {
  if (ca === undefined) return server
  return `${server} with CA ${createHash('sha256').update(ca.trim()).digest('hex').slice(0, 16)}`
}
