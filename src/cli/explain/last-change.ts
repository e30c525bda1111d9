// When objects were last changed, by what the API server keeps of each writer.
import { nestedObject, objectsOf, stringOf } from '../../fleet/api/unstructured.ts'

/** When one of the raw objects was last changed, its status left out; milliseconds since 1970. */
export function lastChange(raws: readonly unknown[]): number | undefined {
  const times = raws.flatMap((raw) => {
    const { managedFields, creationTimestamp } = nestedObject(raw, 'metadata')
    const changes = objectsOf(managedFields).filter(({ subresource }) => subresource !== 'status')
    return [creationTimestamp, ...changes.map(({ time }) => time)].map((one) =>
      Date.parse(stringOf(one)),
    )
  })
  const known = times.filter((time) => !Number.isNaN(time))
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b))
}
