// The values of Go templates, as far as a query has them, with the names of their Go types.

export interface IntValue {
  readonly kind: 'int' | 'uint'
  readonly type: 'int' | 'uint8' | 'uint16' | 'uint64'
  readonly value: bigint
}

export interface FloatValue {
  readonly kind: 'float'
  readonly type: 'float64'
  readonly value: number
}

export interface ListValue {
  readonly kind: 'list'
  readonly type: string
  readonly items: readonly Value[]
}

/** Go's map[string]string. */
export interface MapValue {
  readonly kind: 'map'
  readonly type: 'map[string]string'
  readonly entries: ReadonlyMap<string, string>
}

/** A struct; its fields are read when they are needed. */
export interface StructValue {
  readonly kind: 'struct'
  readonly type: string
  readonly fields: Readonly<Record<string, () => Value>>
}

/** Undefined is what Go calls an invalid value: a key that a map does not have. */
export type Value =
  | undefined
  | string
  | boolean
  | IntValue
  | FloatValue
  | ListValue
  | MapValue
  | StructValue

export function intValue(value: number | bigint, type: IntValue['type'] = 'int'): IntValue {
  return { kind: type === 'int' ? 'int' : 'uint', type, value: BigInt(value) }
}

export function floatValue(value: number): FloatValue {
  return { kind: 'float', type: 'float64', value }
}

export function listValue(type: string, items: readonly Value[]): ListValue {
  return { kind: 'list', type, items }
}

/** "string", "uint64" and so on. */
export function typeText(value: Exclude<Value, undefined>): string {
  if (typeof value === 'string') return 'string'
  return typeof value === 'boolean' ? 'bool' : value.type
}

/** Go's truth of a value: it is not empty and not zero. */
export function isTrue(value: Value): boolean {
  if (value === undefined) return false
  if (typeof value === 'string') return value.length > 0
  if (typeof value === 'boolean') return value
  switch (value.kind) {
    case 'int':
    case 'uint':
      return value.value !== 0n
    case 'float':
      return value.value !== 0
    case 'list':
      return value.items.length > 0
    case 'map':
      return value.entries.size > 0
    case 'struct':
      return true
  }
}

/** The keys of a map in Go's order, which is that of their bytes. */
export function sortedKeys({ entries }: MapValue): readonly string[] {
  return [...entries.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
