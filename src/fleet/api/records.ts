// The cached objects of one service in a member cluster.
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

/** The resources that the fleet watches in a member cluster. */
export type FleetResource = (typeof fleetResources)[number]

export interface NamespaceView {
  /** The import mode of its annotation; undefined without one or with an unknown value. */
  readonly mode: ImportMode | undefined
  /** The annotation's value when it is not a mode, else ''. */
  readonly unknownMode: string
  readonly terminating: boolean
}

/** A ServiceExport with the state of its deletion. */
export interface ExportRecord extends ExportView {
  readonly deleting: boolean
}

/** A ServiceImport with the state of its deletion. */
export interface ImportRecord extends ImportView {
  readonly deleting: boolean
}

/** A Service, with the fields for an exported Service and for a derived one. */
export interface ServiceRecord extends ServiceView, DerivedServiceView {
  readonly namespace: string
}

/** An EndpointSlice, local or imported. */
export interface SliceRecord extends ExistingSlice {
  readonly namespace: string
  /** RFC 3339. */
  readonly creationTimestamp: string
}

/** The objects of one service (a namespaced name) in one cluster; undefined where there is no object. */
export interface ServiceSnapshot {
  readonly namespace: NamespaceView | undefined
  readonly export: ExportRecord | undefined
  /** The Service of that name. */
  readonly service: ServiceRecord | undefined
  /**
   * The Service's EndpointSlices of any manager, without imported ones; the oldest first. There may be very many: each is read
   * when it is its turn.
   */
  readonly slices: Iterable<SliceRecord>
  readonly import: ImportRecord | undefined
  /** The Service of the derived name; not necessarily created by the fleet. */
  readonly derived: ServiceRecord | undefined
  /** The EndpointSlices that the fleet wrote for the import. */
  readonly imported: readonly SliceRecord[]
}
