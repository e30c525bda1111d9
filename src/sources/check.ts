// Checks what a source needs on this machine, without a connection: files, folders, contexts, the environment of a pod.

import { loadClientConfig } from '../kube/client-config.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { readCredentials } from '../kube/credentials.ts'
import { resolveKubeconfig } from '../kube/kubeconfig.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { checkDirectory } from './manifests.ts'

/**
 * Rejects when the source can never be read as things are: a kubeconfig, context, CA, certificate, key, token or
 * manifests folder is missing or cannot be used, or this is not a pod. The error is an ApiError "credentials" or a
 * CodedError MANIFEST. An API server that cannot be reached is no error: it may come. An exec plugin is not run, because
 * it may need the network; client-go runs it with the first request, too (coredns plugin/kubernetes InitKubeCache).
 */
export async function checkSource(spec: SourceSpec, given: ClientDeps): Promise<void> {
  if (spec.kind === 'manifests') return checkDirectory(spec.directory)
  const deps = fullClientDeps(given)
  const { signal } = new AbortController()
  const clientConfig =
    spec.kind === 'kubeconfig'
      ? await resolveKubeconfig({ ...spec, runProvider: false }, deps.env, signal)
      : await loadClientConfig(spec, deps, signal)
  await readCredentials(clientConfig)
}
