// Checks what a source needs on this machine, without a connection: files, folders, contexts, the environment of a pod.
import { loadClientConfig } from '../kube/client-config.ts'
import { defaultConfigDeps } from '../kube/client-deps.ts'
import { readCredentials } from '../kube/credentials.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { checkDirectory } from './manifests.ts'

/**
 * Rejects when the source can never be read as things are: a kubeconfig, context, CA, certificate, key, token or
 * manifests folder is missing or cannot be used, a proxy is invalid, or this is not a pod. The error is an ApiError "credentials" or a
 * CodedError MANIFEST. An API server that cannot be reached is no error: it may come. An exec plugin is not run, because
 * it may need the network; client-go runs it with the first request, too (coredns plugin/kubernetes InitKubeCache).
 */
export async function checkSource(spec: SourceSpec): Promise<void> {
  if (spec.kind === 'manifests') return checkDirectory(spec.directory)
  const apiSpec = spec.kind === 'kubeconfig' ? { ...spec, runProvider: false } : spec
  const { signal } = new AbortController()
  await readCredentials(await loadClientConfig(apiSpec, defaultConfigDeps, signal))
}
