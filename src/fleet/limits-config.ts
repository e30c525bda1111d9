// `exportLimits` of fleet.yaml.
import { show } from '../kube/fields.ts'
import { defaultExportLimits, type ExportLimits } from './api/export-limits.ts'
import { type Fail, fieldsAt, mapAll } from './config-document.ts'

/** The limits of an export; absent fields have the defaults. */
export function readExportLimits(raw: unknown, fail: Fail): ExportLimits {
  if (raw === undefined) return defaultExportLimits
  const known = Object.keys(defaultExportLimits)
  const limits = { ...defaultExportLimits, ...fieldsAt(raw, ['exportLimits'], known, fail) }
  mapAll(Object.entries(limits), ([name, value]) => {
    if (Number.isInteger(value) && value >= 1) return
    const text = `exportLimits.${name} is ${show(value)}, not a whole number of at least 1`
    fail(['exportLimits', name], text)
  })
  return limits
}
