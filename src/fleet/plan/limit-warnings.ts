// What messages say about an export that exceeds limits. They name no count: it would change with every Pod, and each
// change would be a write.
import type { ExportLimit, ExportLimits } from '../api/export-limits.ts'
import type { ExportRecord } from '../api/records.ts'
import type { ObjectNote } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'

/** Returns a warning for each limit that the export exceeds, for its own cluster. */
export function limitWarnings(
  serviceExport: ExportRecord,
  { exceeded, limits }: Pick<AggregatedService, 'exceeded' | 'limits'>,
): readonly ObjectNote[] {
  const { cluster, namespace } = serviceExport
  return sorted(exceeded.get(cluster)).map((limit) => ({
    resource: 'serviceexports',
    namespace,
    id: serviceExport,
    about: `limit ${limit}`,
    type: 'Warning',
    reason: limit === 'ports' ? 'PortsLeftOut' : 'EndpointsLeftOut',
    message: `Left out of cluster ${cluster}: ${textOf(limit, limits)}.`,
  }))
}

/** What the condition `Ready` of an import adds, for each source cluster whose export exceeds limits. */
export function limitRemarks({
  exceeded,
  limits,
}: Pick<AggregatedService, 'exceeded' | 'limits'>): readonly string[] {
  return [...exceeded]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cluster, which]) => {
      const texts = sorted(which).map((limit) => textOf(limit, limits))
      return `Left out of cluster ${cluster}: ${texts.join('; ')}.`
    })
}

function sorted(which: ReadonlySet<ExportLimit> = new Set()): readonly ExportLimit[] {
  return (['ports', 'endpoints', 'backends'] as const).filter((limit) => which.has(limit))
}

function textOf(limit: ExportLimit, limits: ExportLimits): string {
  const most = limits[limit]
  const option = `(exportLimits.${limit})`
  switch (limit) {
    case 'ports':
      return `ports over the limit of ${most} for a service ${option}`
    case 'endpoints':
      return `endpoints over the limit of ${most} addresses in an IP family ${option}`
    case 'backends':
      return `endpoints over the limit of ${most} ports times addresses in an IP family ${option}`
  }
}
