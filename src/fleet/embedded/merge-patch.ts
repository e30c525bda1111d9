// JSON merge patch (RFC 7386), on plain values.
import { asFields, type Fields } from '../../kube/fields.ts'

/** The value of `target` after `patch`; neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  const fields = asFields(patch)
  if (fields === undefined) return patch
  const result: Record<string, unknown> = { ...asFields(target) }
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) delete result[name]
    else result[name] = mergePatch(result[name], value)
  }
  return result satisfies Fields
}
