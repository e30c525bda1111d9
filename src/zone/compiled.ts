// The input of the answer table: names with their answers in wire form, ready to be appended to a question.

/** The RRs of one name and type, ready to be copied after the question. */
export interface CompiledAnswer {
  readonly type: number
  /** Answer RRs, then additional RRs, with compression pointers into the question. */
  readonly bytes: Uint8Array
  readonly answers: number
  readonly additionals: number
  /** Bytes of each RR if all have the same size and may be rotated; else 0. */
  readonly rrSize: number
}

/** A name of the zone. A query for a type without an answer is NODATA; an absent name is NXDOMAIN. */
export interface CompiledName {
  /** Relative wire name in lower case. */
  readonly name: Uint8Array
  readonly answers: readonly CompiledAnswer[]
  /** Set while the name has no addresses but may soon have some: caches keep its negative replies for at most a second. */
  readonly pending?: Pending | undefined
}

/** The negative reply to a name that has no addresses yet. */
export type Pending = 'nodata' | 'nxdomain'
