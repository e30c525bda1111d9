// What `compile` hands to the table: names with their answers as bytes that only wait for a question.

/** The RRs of one name and type, ready to be copied behind the question. */
export interface CompiledAnswer {
  readonly type: number
  /** Answer RRs, then additional RRs, with compression pointers into the question. */
  readonly bytes: Uint8Array
  readonly answers: number
  readonly additionals: number
  /** Bytes of each RR where all are alike and may be sent in any rotation; else 0. */
  readonly rrSize: number
}

/** A name of the zone. With no answer of the asked type it is NODATA; one that is absent is NXDOMAIN. */
export interface CompiledName {
  /** Relative wire name in lower case. */
  readonly name: Uint8Array
  readonly answers: readonly CompiledAnswer[]
}

export interface FixedName extends CompiledName {
  /** True: a type without an answer is NXDOMAIN, as CoreDNS has it for `dns-version`. */
  readonly onlyAnswers: boolean
}
