// What a zone file has for its zone: the records, checked as coredns plugin/file Parse and Insert check them.

import { quote } from '../corefile/go-text.ts'
import { TYPE_SOA } from '../dns/codes.ts'
import { nameEnd, nameToText, nameToWire } from '../dns/name.ts'
import { typeOf } from '../dns/type-names.ts'
import { RecordWriter } from './records.ts'
import { type ReadFile, ZoneFileError, zoneRecords } from './zone-parser.ts'

export interface ZoneContent {
  /** As `records.ts` has them. */
  readonly records: Uint8Array
  /** The serial of the SOA record. */
  readonly serial: number
}

export interface ZoneText {
  readonly file: string
  readonly text: string
  /** Lower-case FQDN. */
  readonly origin: string
  readonly read: ReadFile
  /** The serial that is known: the content is undefined if the first SOA record has it. */
  readonly serial?: number
}

/** Records between two places where the caller may pause. */
const SLICE_RECORDS = 1000

/**
 * Reads a zone file; the result is undefined if the serial is known. Yields now and then, so that a large file can be read in
 * slices. Throws ZoneFileError with the text of CoreDNS.
 */
export function* readContent(source: ZoneText): Generator<void, ZoneContent | undefined> {
  const { file, origin } = source
  const writer = new RecordWriter()
  let serial: number | undefined
  let count = 0
  const records = zoneRecords(
    file,
    source.text,
    nameToWire(origin) ?? new Uint8Array(1),
    source.read,
  )
  for (;;) {
    const next = nextOf(records, source)
    if (next.done) break
    const rr = next.value
    if (rr.type === NSEC3 || rr.type === NSEC3PARAM) {
      const owner = nameToText(rr.name).toLowerCase()
      throw new ZoneFileError(
        `NSEC3 zone is not supported, dropping RR: ${owner} for zone: ${origin}`,
      )
    }
    if (rr.type === TYPE_SOA) {
      const own = serialOf(rr.data)
      if (serial === undefined && own === source.serial) return undefined
      serial = own
    }
    writer.add(rr)
    if (++count % SLICE_RECORDS === 0) yield
  }
  if (serial === undefined) {
    throw new ZoneFileError(`file ${quote(file)} has no SOA record for origin ${origin}`)
  }
  return { records: writer.bytes(), serial }
}

const NSEC3 = typeOf('NSEC3')
const NSEC3PARAM = typeOf('NSEC3PARAM')

function nextOf(records: ReturnType<typeof zoneRecords>, { file, origin }: ZoneText) {
  try {
    return records.next()
  } catch (error) {
    if (!(error instanceof ZoneFileError)) throw error
    const where = `failed to parse file ${quote(file)} for origin ${origin}`
    throw new ZoneFileError(`${where} with error ${error.message}`)
  }
}

function serialOf(soa: Uint8Array): number {
  const view = new DataView(soa.buffer, soa.byteOffset, soa.length)
  return view.getUint32(nameEnd(soa, nameEnd(soa, 0)))
}

/** The same at once. */
export function contentOf(source: ZoneText): ZoneContent | undefined {
  const reading = readContent(source)
  for (;;) {
    const { done, value } = reading.next()
    if (done) return value
  }
}
