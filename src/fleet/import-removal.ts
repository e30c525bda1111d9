// The end of what we made for an import: its slices, then its Service.
import type { ServiceSnapshot, Write } from './cluster.ts'
import { isOurService } from './derived-service.ts'

/** The writes that take it away; none for what is being deleted already, or is not ours. */
export function importRemoval(
  namespace: string,
  name: string,
  { derived, imported }: Pick<ServiceSnapshot, 'derived' | 'imported'>,
): readonly Write[] {
  const slices = imported
    .filter(({ deleting }) => !deleting)
    .map((id): Write => ({ action: 'delete', resource: 'endpointslices', namespace, id }))
  if (derived === undefined || derived.deleting || !isOurService(derived, name)) return slices
  return [...slices, { action: 'delete', resource: 'services', namespace, id: derived }]
}
