// The part of metadata.managedFields that the fleet reads: the last writer of each field of `spec`.
import { nestedObject, objectsOf, stringOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'

/** The entries after `manager` changed an object from `before` to `after`; `entries` are the former ones. */
export function managedBy(
  manager: string,
  before: Body,
  after: Body,
  entries: unknown,
): readonly Body[] {
  const [old, next] = [nestedObject(before, 'spec'), nestedObject(after, 'spec')]
  const written = Object.keys(next).filter(
    (field) => JSON.stringify(old[field]) !== JSON.stringify(next[field]),
  )
  const managers = new Map<string, Set<string>>()
  for (const entry of objectsOf(entries)) {
    const fields = Object.keys(nestedObject(entry, 'fieldsV1', 'f:spec')).map((name) =>
      name.slice(2),
    )
    const kept = fields.filter((name) => name in next && !written.includes(name))
    if (kept.length > 0) managers.set(stringOf(entry.manager), new Set(kept))
  }
  if (written.length > 0) {
    managers.set(manager, new Set([...(managers.get(manager) ?? []), ...written]))
  }
  return [...managers].map(([name, fields]) => ({
    manager: name,
    operation: 'Update',
    fieldsV1: {
      'f:spec': Object.fromEntries([...fields].sort().map((field) => [`f:${field}`, {}])),
    },
  }))
}
