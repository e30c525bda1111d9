// Changes of header flags, as masks.

/** The flags that rules set and clear; no flag is in both. */
export interface FlagChange {
  readonly set: number
  readonly clear: number
}

export const NO_CHANGE: FlagChange = { set: 0, clear: 0 }

/** The change of `change` and then of one more rule. */
export function withRule({ set, clear }: FlagChange, flag: number, isSet: boolean): FlagChange {
  return isSet
    ? { set: set | flag, clear: clear & ~flag }
    : { set: set & ~flag, clear: clear | flag }
}

/** Bytes 2 and 3 of a header after the change. */
export function changedFlags(flags: number, { set, clear }: FlagChange): number {
  return (flags | set) & ~clear
}
