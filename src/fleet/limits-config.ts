// `exportLimits` of fleet.yaml.
import { show } from '../kube/fields.ts'
import { defaultExportLimits, type ExportLimits } from './api/export-limits.ts'
import { type Fail, fieldsAt } from './config-document.ts'

/** The limits of an export; absent fields have the defaults. */
export function readExportLimits(raw: unknown, fail: Fail): ExportLimits {
  if (raw === undefined) return defaultExportLimits
  const known = Object.keys(defaultExportLimits)
  const limits = { ...defaultExportLimits, ...fieldsAt(raw, ['exportLimits'], known, fail) }
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isInteger(value) && value >= 1) continue
    const text = `exportLimits.${name} is ${show(value)}, not a whole number of at least 1`
    fail(['exportLimits', name], text)
  }
  return limits
}
