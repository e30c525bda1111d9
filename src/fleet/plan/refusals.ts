// What the API server of one cluster refuses of one Service, and what conditions and Events say about it.

import type { ServiceSnapshot } from '../api/records.ts'
import { type ObjectNote, objectOf, type Write } from '../api/writes.ts'
import type { PartKind, RefusedPart } from './refused-parts.ts'

/** An object that the API server refuses as a whole. */
export interface RefusedObject {
  readonly resource: Write['resource']
  /** "serviceimports/status ns/web" */
  readonly object: string
  /** Id of the source cluster of an EndpointSlice. */
  readonly source: string
  /** The refuser's message, with the action and the object. */
  readonly message: string
}

/** The refusals of one Service in one cluster. */
export interface Refusals {
  /** The parts that are left out, by id. */
  readonly parts: ReadonlyMap<string, RefusedPart>
  readonly objects: readonly RefusedObject[]
}

/** No refusals. */
export const noRefusals: Refusals = { parts: new Map(), objects: [] }

/** Maximum number of parts of one kind that a message lists. */
const MAX_PARTS_SHOWN = 5

const reasons: Readonly<Record<PartKind, string>> = {
  endpoint: 'EndpointsLeftOut',
  hostname: 'EndpointsLeftOut',
  zone: 'EndpointsLeftOut',
  port: 'PortsLeftOut',
  appProtocol: 'PortsLeftOut',
  label: 'LabelsLeftOut',
  annotation: 'AnnotationsLeftOut',
  field: 'FieldsLeftOut',
}

/** The refused object as `write` names it; `message` is the API server's. */
export function refusedObject(write: Write, message: string): RefusedObject {
  const { resource, source = '' } = write
  return { resource, object: objectOf(write), source, message }
}

/** Why the derived Service is refused; undefined if it is not. */
export function refusedService({ objects }: Refusals): string | undefined {
  return objects.find(({ resource }) => resource === 'services')?.message
}

/** Why EndpointSlices are refused; undefined if none is. */
export function refusedSlices({ objects }: Refusals): string | undefined {
  const [first, ...others] = objects.filter(({ resource }) => resource === 'endpointslices')
  if (first === undefined) return undefined
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return `Endpoints of cluster ${first.source}: ${first.message}${more}`
}

/** Why the ServiceImport itself, without its status, is refused; undefined if it is not. */
export function refusedImport({ objects }: Refusals): string | undefined {
  return objects.find(({ object }) => object.startsWith('serviceimports '))?.message
}

/** What the condition `Ready` of an import adds: the parts that are left out, and a refused update of the import. */
export function refusalRemarks(refusals: Refusals): readonly string[] {
  const refused = refusedImport(refusals)
  return [
    ...leftOut(refusals).map(({ message }) => message),
    ...(refused === undefined ? [] : [`The ServiceImport is not updated: ${refused}`]),
  ]
}

/**
 * The Events of the refusals, on the ServiceImport, also while it does not exist. Where it exists, refused Services and
 * EndpointSlices are not among them: the condition `Ready` has its own Event.
 */
export function refusalNotes(
  namespace: string,
  name: string,
  { import: serviceImport, export: serviceExport }: Pick<ServiceSnapshot, 'import' | 'export'>,
  refusals: Refusals,
): readonly ObjectNote[] {
  const missing = { name, uid: '', resourceVersion: '' }
  const base = {
    resource: 'serviceimports',
    namespace,
    id: serviceImport ?? missing,
    type: 'Warning',
  } as const
  const parts = leftOut(refusals).map(({ reason, message }): ObjectNote => {
    return { ...base, about: `refused ${namespace}/${name} ${reason}`, reason, message }
  })
  const objects = refusals.objects
    .filter(({ resource }) => serviceImport === undefined || isOutsideReady(resource))
    .map(({ resource, object, message }): ObjectNote => {
      const isExport = resource === 'serviceexports' && serviceExport !== undefined
      const on = isExport ? { ...base, resource, id: serviceExport } : base
      return { ...on, about: `refused ${object}`, reason: 'WriteRefused', message }
    })
  return [...parts, ...objects]
}

function isOutsideReady(resource: Write['resource']): boolean {
  return resource === 'serviceimports' || resource === 'serviceexports'
}

/** One text for each reason. */
function leftOut({ parts }: Refusals): readonly { reason: string; message: string }[] {
  const byReason = Map.groupBy(parts.values(), ({ kind }) => reasons[kind])
  return [...byReason].map(([reason, refused]) => {
    const shown = refused
      .slice(0, MAX_PARTS_SHOWN)
      .map(({ kind, value, message }) => `${kind} ${value} (${message})`)
    const more =
      refused.length > MAX_PARTS_SHOWN ? ` and ${refused.length - MAX_PARTS_SHOWN} more` : ''
    const message = `Left out because the API server refuses it: ${shown.join(', ')}${more}.`
    return { reason, message }
  })
}
