// The format of a snapshot, version 1: a line of JSON that says what it is of, a line for each object, and a last line
// with the number of objects and the SHA-256 of all that is before it. An object is its kind, its key and its packed text
// (`packed.ts`), separated by a space. A change of the lines or of the packed texts needs another version.
import { isDeepStrictEqual } from 'node:util'
import type { Reads } from '../source-request.ts'

export const FORMAT = 'clusterset-dns snapshot'
export const VERSION = 1

/** Kinds of objects: i ServiceImport, s Service, e slice of an import, l slice of a Service, n Namespace, p Pod. */
export type RecordKind = 'i' | 's' | 'e' | 'l' | 'n' | 'p'

/** An object of a store as text; a Pod's text is its address, a Namespace's its packed labels. */
export interface StoreRecord {
  readonly kind: RecordKind
  /** "namespace/name", "name" for a Namespace. */
  readonly key: string
  readonly text: string
}

/** What a snapshot is of. It is used only where all of this is the same. */
export interface SnapshotOrigin {
  /** Names the API server (`clusterOf`); no secret. */
  readonly cluster: string
  /** The label selector of what is read. */
  readonly labels: string
  readonly reads: Reads
}

/** The longest first line, in bytes. */
export const HEADER_MAX = 16 * 1024
/** A text that is longer than any last line, in bytes. */
export const END_MAX = 128

/** The first line. */
export function headerLine({ cluster, labels, reads }: SnapshotOrigin): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, cluster, labels, reads })}\n`
}

/** The line of an object; '' for a key that no API server has, which would break the lines. */
export function recordLine({ kind, key, text }: StoreRecord): string {
  return UNSAFE.test(key) ? '' : `${kind} ${key} ${text}\n`
}

/** The last line; `sum` is the SHA-256 in hexadecimal. */
export function endLine(records: number, sum: string): string {
  return `end ${records} ${sum}\n`
}

/** Reads the last line out of the last bytes of a file; undefined without one. */
export function parseEnd(
  text: string,
): { records: number; sum: string; length: number } | undefined {
  const found = /(?<=\n)end (\d{1,12}) ([0-9a-f]{64})\n$/.exec(text)
  if (found === null) return undefined
  return { records: Number(found[1]), sum: found[2]!, length: found[0].length }
}

/**
 * Why a first line is not that of a snapshot of `origin`; '' when it is. `what` says which of the two is checked: the
 * format, which says how to read the rest, or the origin.
 */
export function headerProblem(line: string, what: 'format' | SnapshotOrigin): string {
  const header = parseHeader(line)
  if (header === undefined) return 'it is not a snapshot'
  if (what === 'format') {
    if (header.version === VERSION) return ''
    return `its format has version ${header.version}, and this release reads version ${VERSION}`
  }
  if (header.cluster !== what.cluster) {
    return `it is of another cluster, ${header.cluster}; this one is ${what.cluster}`
  }
  if (header.labels !== what.labels) return 'it was written with other labels in the Corefile'
  if (!isDeepStrictEqual(header.reads, { ...what.reads })) {
    return 'it was written with other options in the Corefile, which need other objects'
  }
  return ''
}

/** Space, line breaks and other control characters. */
const UNSAFE = /[\0-\x20\x7f]/

function parseHeader(line: string) {
  try {
    const { format, version, cluster, labels, reads } = JSON.parse(line)
    if (format !== FORMAT || !Number.isInteger(version)) return undefined
    return { version: version as number, cluster: String(cluster), labels, reads: reads as unknown }
  } catch {
    return undefined
  }
}
