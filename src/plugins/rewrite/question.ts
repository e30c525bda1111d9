// The question of a query while rules change it, and the bytes of the changed query.
import { setU16 } from '../../dns/bytes.ts'
import { HEADER_SIZE, OPT_SIZE } from '../../dns/codes.ts'
import { writeOpt } from '../../dns/exchange.ts'
import { escapedNameToWire, nameToText } from '../../dns/name.ts'
import type { Query } from '../chain.ts'
import { type EdnsOption, encodeOptions, readOptions } from './options.ts'

/** OPT of the query. */
export interface QueryOpt {
  /** Bytes. */
  readonly size: number
  readonly flags: number
  readonly options: readonly EdnsOption[]
}

/** Bytes; CoreDNS' size for queries to which a rule adds OPT. */
const NEW_OPT_SIZE = 4096

/** A question and its OPT, which rules change in place. */
export class Question {
  readonly #query: Query
  /** The wire name, in the client's case as long as no rule has changed it. */
  #wireName: Uint8Array
  /** The name in lower case, as rules compare it. */
  name: string
  type: number
  class: number
  opt: QueryOpt | undefined
  /** True if a rule has changed the EDNS options. */
  hasNewOptions = false
  #isChanged = false

  constructor(query: Query) {
    const { request, wire } = query
    this.#query = query
    this.#wireName = wire.subarray(HEADER_SIZE, HEADER_SIZE + request.nameLength)
    this.name = nameToText(request.name.subarray(0, request.nameLength))
    this.type = request.type
    this.class = request.class
    this.opt = request.hasOpt
      ? {
          size: request.optSize,
          flags: request.optFlags,
          options: readOptions(wire, request.optionsStart, request.optionsEnd),
        }
      : undefined
  }

  /** The request of the query, as it was before all rules. */
  get asked(): Query['request'] {
    return this.#query.request
  }

  /** The name as text in the case of the query. */
  get qname(): string {
    return nameToText(this.#wireName)
  }

  /** Sets the name; false if it is no valid name. */
  rename(name: string): boolean {
    const wire = escapedNameToWire(name)
    if (wire === undefined) return false
    this.#wireName = wire
    this.name = nameToText(wire).toLowerCase()
    this.#isChanged = true
    return true
  }

  setType(type: number): void {
    this.type = type
    this.#isChanged = true
  }

  setClass(value: number): void {
    this.class = value
    this.#isChanged = true
  }

  /** Adds OPT, if the query has none (coredns plugin/rewrite setupEdns0Opt); returns it. */
  ensureOpt(): QueryOpt {
    this.opt ??= { size: NEW_OPT_SIZE, flags: 0, options: [] }
    this.hasNewOptions = true
    return this.opt
  }

  setOptions(options: readonly EdnsOption[]): void {
    this.opt = { ...this.ensureOpt(), options }
  }

  /** True if the query differs from the client's. */
  get isChanged(): boolean {
    return this.#isChanged || this.hasNewOptions
  }

  /** The bytes of the changed query: the client's header, the question and OPT. */
  bytes(): Uint8Array {
    const { wire } = this.#query
    const name = this.#wireName
    const options = this.opt && encodeOptions(this.opt.options)
    const end = HEADER_SIZE + name.length + 4
    const bytes = new Uint8Array(end + (options === undefined ? 0 : OPT_SIZE + options.length))
    bytes.set(wire.subarray(0, 4))
    bytes[5] = 1
    bytes.set(name, HEADER_SIZE)
    setU16(bytes, end - 4, this.type)
    setU16(bytes, end - 2, this.class)
    if (this.opt === undefined || options === undefined) return bytes
    bytes[11] = 1
    writeOpt(bytes, end, this.opt.size, 0, this.opt.flags)
    setU16(bytes, end + OPT_SIZE - 2, options.length)
    bytes.set(options, end + OPT_SIZE)
    return bytes
  }
}
