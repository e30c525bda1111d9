// The commands that `explain` proposes, as words for a POSIX shell.
import { HUB_NAMESPACE, MCS_GROUP } from '../api/names.ts'
import type { ClusterFacts, ObjectFacts } from './facts.ts'

/** A word for a shell, quoted where that is needed. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** "kubectl --context east -n shop get pods" */
export function inNamespace(
  { kubectl }: Pick<ClusterFacts, 'kubectl'>,
  namespace: string,
  words: string,
): string {
  return `${kubectl} -n ${namespace} ${words}`
}

/** Creates an object of the MCS API, which kubectl has no words for. */
export function applyMcs(
  { kubectl }: Pick<ClusterFacts, 'kubectl'>,
  kind: 'ServiceExport' | 'ServiceImport',
  { namespace, name }: { readonly namespace: string; readonly name: string },
  spec?: object,
): string {
  const object = {
    apiVersion: `${MCS_GROUP}/v1alpha1`,
    kind,
    metadata: { namespace, name },
    ...(spec === undefined ? {} : { spec }),
  }
  return `echo ${shellWord(JSON.stringify(object))} | ${kubectl} apply -f -`
}

/** Patches an import with a JSON merge patch. */
export function patchImport(
  cluster: Pick<ClusterFacts, 'kubectl'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  patch: object,
): string {
  const words = `patch serviceimport ${name} --type merge -p ${shellWord(JSON.stringify(patch))}`
  return inNamespace(cluster, namespace, words)
}

/** Shows what the fleet says about this service. */
export function fleetLogs({ hub, name }: Pick<ObjectFacts, 'hub' | 'name'>): string {
  return `${hub} -n ${HUB_NAMESPACE} logs deployment/clusterset-dns-fleet | grep -w ${name}`
}
