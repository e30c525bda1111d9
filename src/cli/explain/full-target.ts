// Which service a shortened `amcs-` name means: its Service has the whole name in a label.
import { DERIVED_LABEL, DERIVED_PREFIX } from '../../fleet/api/names.ts'
import { nestedObject, stringOf } from '../../fleet/api/unstructured.ts'
import { type ExplainTarget, fullName, mayBeShortened } from '../../fleet/explain/target.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { withClient } from '../with-client.ts'
import type { FleetMembers } from './fleet-members.ts'
import { ObjectReader } from './read-objects.ts'

/**
 * The target with the name of the service. A name that cannot be shortened, and one that no cluster knows, stays as it is.
 * Rejects when the signal aborts.
 */
export async function fullTarget(
  target: ExplainTarget,
  members: FleetMembers['members'],
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<ExplainTarget> {
  const { name, namespace } = target
  if (!mayBeShortened(name)) return target
  const selector = `fieldSelector=metadata.name=${DERIVED_PREFIX}${name}`
  const found = await Promise.all(
    members.map(({ spec }) =>
      withClient(spec, deps, signal, async (client, limit) => {
        try {
          const listing = { resource: 'services', namespace, selector } as const
          return await new ObjectReader(client, limit).list(listing)
        } catch (error) {
          // The cluster did not answer in time, which a link of the explanation tells.
          signal.throwIfAborted()
          if (limit.aborted) return []
          throw error
        }
      }),
    ),
  )
  const names = found.flat().map((raw) => {
    return stringOf(nestedObject(raw, 'metadata', 'labels')[DERIVED_LABEL])
  })
  return { ...target, name: fullName(name, names) }
}
