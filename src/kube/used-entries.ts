// The entries of a kubeconfig that one context uses. Pure.
import { asFields, type Fields, listOf } from './fields.ts'

/**
 * The kubeconfig with no other entries than those of the context `wanted`, or of the current context. The rest may be
 * partial, as `kubectl config set-context` writes it: client-go checks only what it uses. Throws Error.
 */
export function usedEntries(config: Fields, wanted: string | undefined): Fields {
  const name = wanted ?? config['current-context']
  const names = listOf(config.contexts).flatMap((one) => asFields(one)?.name ?? [])
  const available =
    names.length === 0 ? 'the file has no contexts' : `its contexts are: ${names.join(', ')}`
  if (!name)
    throw new Error(`no current-context is set, and no context is configured; ${available}`)
  const context = entryOf(config.contexts, name)
  if (context === undefined) throw new Error(`context "${name}" does not exist; ${available}`)
  const { cluster, user } = asFields(context.context) ?? {}
  if (!cluster) throw new Error(`context "${name}" names no cluster`)
  const usedCluster = entryOf(config.clusters, cluster)
  if (usedCluster === undefined) throw missing('cluster', cluster, name)
  const { server } = asFields(usedCluster.cluster) ?? {}
  if (typeof server !== 'string' || server === '')
    throw new Error(`cluster "${cluster}" has no server`)
  const usedUser = user ? entryOf(config.users, user) : undefined
  if (user && usedUser === undefined) throw missing('user', user, name)
  return {
    'current-context': name,
    contexts: [context],
    clusters: [usedCluster],
    users: usedUser === undefined ? [] : [usedUser],
  }
}

function entryOf(entries: unknown, name: unknown): Fields | undefined {
  return listOf(entries)
    .map(asFields)
    .find((one) => one?.name === name)
}

function missing(kind: string, name: unknown, context: unknown): Error {
  return new Error(`context "${context}" refers to the ${kind} "${name}", which does not exist`)
}
