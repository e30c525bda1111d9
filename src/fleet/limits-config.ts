// `exportLimits` of fleet.yaml.
import { show } from '../kube/fields.ts'
import { defaultExportLimits, type ExportLimits } from './api/export-limits.ts'
import { type Fail, fieldsAt, mapAll, mapAt, readAll } from './config-document.ts'

/** The limits of an export; absent fields have the defaults. */
export function readExportLimits(raw: unknown, fail: Fail): ExportLimits {
  if (raw === undefined) return defaultExportLimits
  const known = Object.keys(defaultExportLimits)
  const fields = mapAt(raw, ['exportLimits'], fail)
  const limits = { ...defaultExportLimits, ...fields }
  readAll({
    known: () => fieldsAt(fields, ['exportLimits'], known, fail),
    numbers: () =>
      mapAll(known, (name) => {
        const value = limits[name as keyof ExportLimits]
        if (Number.isInteger(value) && value >= 1) return
        const text = `exportLimits.${name} is ${show(value)}, not a whole number of at least 1`
        fail(['exportLimits', name], text)
      }),
  })
  return limits
}
