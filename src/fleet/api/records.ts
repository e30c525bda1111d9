// What a member cluster holds of one service, as the fleet reads it.
import type {
  DerivedServiceView,
  ExistingSlice,
  ExportView,
  ImportMode,
  ImportView,
  ServiceView,
} from './types.ts'

export const fleetResources = [
  'namespaces',
  'serviceexports',
  'serviceimports',
  'services',
  'endpointslices',
] as const

export type FleetResource = (typeof fleetResources)[number]

export interface NamespaceView {
  /** What its annotation says; undefined without one, or with a value that is none. */
  readonly mode: ImportMode | undefined
  /** The annotation's value where it is none of the modes, else ''. */
  readonly unknownMode: string
  readonly terminating: boolean
}

export interface ExportRecord extends ExportView {
  readonly deleting: boolean
}

export interface ImportRecord extends ImportView {
  readonly deleting: boolean
}

/** A Service, both as one that may be exported and as one that may be ours. */
export interface ServiceRecord extends ServiceView, DerivedServiceView {
  readonly namespace: string
}

export interface SliceRecord extends ExistingSlice {
  readonly namespace: string
}

/** What one cluster holds of one service, a namespaced name. */
export interface ServiceSnapshot {
  readonly namespace: NamespaceView | undefined
  readonly export: ExportRecord | undefined
  /** The Service of the name. */
  readonly service: ServiceRecord | undefined
  /** Its EndpointSlices, whoever manages them, without imported ones. */
  readonly slices: readonly SliceRecord[]
  readonly import: ImportRecord | undefined
  /** The Service of the derived name, ours or not. */
  readonly derived: ServiceRecord | undefined
  /** The slices that we wrote for the import. */
  readonly imported: readonly SliceRecord[]
}
