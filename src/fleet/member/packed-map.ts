// A map whose values are stored as JSON text and parsed on each read. Ten thousand services are a hundred thousand
// records: as text they take less than half of the memory and leave the garbage collector no objects to traverse.
// Fields that are undefined are absent in the record that is read back.
import { type ByteCount, CountedTexts } from './counted-texts.ts'

/** A map from keys to plain JSON records of type T; `get` returns a new copy each time. */
export class PackedMap<T> {
  readonly #texts: CountedTexts

  /** The size of the texts is added to `count`. */
  constructor(count: ByteCount = { bytes: 0 }) {
    this.#texts = new CountedTexts(count)
  }

  get size(): number {
    return this.#texts.size
  }

  get(key: string): T | undefined {
    return this.later(key)?.()
  }

  /** Returns the function that reads the record as it is now: reading a large record is most of the work. */
  later(key: string): (() => T) | undefined {
    const text = this.#texts.get(key)
    return text === undefined ? undefined : () => unpack(JSON.parse(text)) as T
  }

  has(key: string): boolean {
    return this.#texts.has(key)
  }

  keys(): Iterable<string> {
    return this.#texts.keys()
  }

  /** By how many bytes the map grows when `record` is set; negative when it shrinks. */
  growth(key: string, record: T): number {
    return this.#texts.growth(key, JSON.stringify(pack(record)))
  }

  set(key: string, record: T): void {
    this.#texts.set(key, JSON.stringify(pack(record)))
  }

  delete(key: string): boolean {
    return this.#texts.delete(key)
  }
}

// Field names would be most of the text, so an object is stored as [shape, value...]: the shape is an index into a
// global table of lists of field names. A list is stored as [LIST, value...]. An object is stored as [PLAIN, object]
// when the table is full. Maps with keys chosen by users have a quota of shapes of their own (MAX_SHAPES each), so
// that they cannot use up the shapes of the records.
const LIST = -1
const PLAIN = -2
const MAX_SHAPES = 256
/** Longer lists of names get no shape, since shapes are never forgotten. In characters of JSON. */
const MAX_SHAPE = 1000
const userMaps = new Set(['labels', 'annotations', 'exportedLabels', 'exportedAnnotations'])

const shapes: (readonly string[])[] = []
const recordShapes = new Map<string, number>()
const userMapShapes = new Map<string, number>()

/** The packed form of `value`, the value of the field `field`, before JSON encoding. */
export function pack(value: unknown, field = ''): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return [LIST, ...value.map((one) => pack(one))]
  const fields = value as Readonly<Record<string, unknown>>
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined)
  const shape = shapeOf(names, userMaps.has(field) ? userMapShapes : recordShapes)
  if (shape === undefined) return [PLAIN, value]
  return [shape, ...names.map((name) => pack(fields[name], name))]
}

function shapeOf(names: readonly string[], numbers: Map<string, number>): number | undefined {
  const text = JSON.stringify(names)
  const number = numbers.get(text)
  if (number !== undefined || numbers.size >= MAX_SHAPES || text.length > MAX_SHAPE) return number
  const next = shapes.push(names) - 1
  numbers.set(text, next)
  return next
}

function unpack(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const [kind, ...values] = value as [number, ...unknown[]]
  if (kind === PLAIN) return values[0]
  if (kind === LIST) return values.map(unpack)
  const names = shapes[kind]!
  return Object.fromEntries(names.map((name, i) => [name, unpack(values[i])]))
}
