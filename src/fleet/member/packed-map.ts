// Records by key, each kept as one text and made into an object when it is asked for. Ten thousand services are a
// hundred thousand records: as texts they take less than half of the memory, and the garbage collector has nothing in
// them to walk through. What is undefined in a record is absent in what is read back.

export class PackedMap<T> {
  readonly #texts = new Map<string, string>()

  get(key: string): T | undefined {
    const text = this.#texts.get(key)
    return text === undefined ? undefined : (unpack(JSON.parse(text)) as T)
  }

  has(key: string): boolean {
    return this.#texts.has(key)
  }

  keys(): Iterable<string> {
    return this.#texts.keys()
  }

  set(key: string, record: T): void {
    this.#texts.set(key, JSON.stringify(pack(record)))
  }

  delete(key: string): boolean {
    return this.#texts.delete(key)
  }
}

// Names of fields are most of such a text. An object is written as [shape, value...], where the shape is the number
// of a list of names that all objects share; a list as [LIST, value...]; and an object whose names are too unusual
// for a shape of its own as [PLAIN, object]. The maps whose names are users' have so many shapes of their own at most:
// they must not use up those of the records.
const LIST = -1
const PLAIN = -2
const MAX_SHAPES = 256
const userMaps = new Set(['labels', 'annotations', 'exportedLabels', 'exportedAnnotations'])

const shapes: (readonly string[])[] = []
const recordShapes = new Map<string, number>()
const userMapShapes = new Map<string, number>()

/** The value of the field `field` as it is kept, before it is made a text. */
export function pack(value: unknown, field = ''): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return [LIST, ...value.map((one) => pack(one))]
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  const names = entries.map(([name]) => name)
  const shape = shapeOf(names, userMaps.has(field) ? userMapShapes : recordShapes)
  if (shape === undefined) return [PLAIN, value]
  return [shape, ...entries.map(([name, one]) => pack(one, name))]
}

function shapeOf(names: readonly string[], numbers: Map<string, number>): number | undefined {
  const text = JSON.stringify(names)
  const number = numbers.get(text)
  if (number !== undefined || numbers.size >= MAX_SHAPES) return number
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
