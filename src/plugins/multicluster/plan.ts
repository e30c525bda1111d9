// What directives need on the control thread: which source they read, and which answer tables follow it.
import type { Log } from '../../log.ts'
import type { Resource, Source } from '../../sources/source.ts'
import type { SourceRequest } from '../../sources/source-request.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import type { ProgrammingDuration } from './programming-duration.ts'
import type { Publication } from './publish.ts'
import type { SnapshotOption } from './snapshot-option.ts'

/** What one directive needs. */
export interface DirectivePlan {
  /** The directive's name. */
  readonly plugin: string
  /** The key of its source (`sourceKey`). */
  readonly sourceKey: string
  readonly request: Omit<SourceRequest, 'snapshot'>
  readonly snapshot?: SnapshotOption
  /** The resources without which it is not ready. */
  readonly resources: readonly Resource[]
  /** How long the start waits for them, in milliseconds. */
  readonly startupTimeoutMs: number
  readonly tables: readonly TablesPlan[]
}

/** Answer tables that are opened together. Plans with one key have the same answers and are opened once. */
export interface TablesPlan {
  readonly key: string
  open(context: TableContext): readonly OpenTable[]
}

/** What a table is opened with. */
export interface TableContext {
  readonly source: Source
  /** The log of the directive. */
  readonly log: Log
  readonly nowSeconds: () => number
  /** Called with the age of the oldest change of each slice when it became visible, in milliseconds. */
  readonly onVisible: (ageMs: number) => void
  readonly programming: ProgrammingDuration
  /** The addresses of this machine, without loopback ones. */
  readonly ownAddresses: readonly string[]
}

/** An answer table that follows its source. */
export interface OpenTable {
  /** The key by which the answering threads find it. */
  readonly key: string
  readonly writer: TableWriter
  readonly zone: string
  /** The name of its source, for metrics. */
  readonly source: string
  readonly publication: Publication
  /** The Services that exceed limits; undefined for a table without Services. */
  readonly limited?: { readonly size: number }
}
