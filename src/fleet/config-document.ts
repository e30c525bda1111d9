// A YAML text of the fleet's configuration, read with positions: every error names the source, line and column. Unknown
// fields are errors, so that misspelled ones are reported. One error has all that is wrong.
import { LineCounter, parseDocument } from 'yaml'
import { CodedError, errorText } from '../errors.ts'
import { asFields, type Fields, show } from '../kube/fields.ts'
import { yamlOptions } from '../kube/yaml-options.ts'
import { didYouMean, nearest } from '../spelling.ts'

/** Where a value is in a document: names of fields and indexes of lists. */
export type Path = readonly (string | number)[]

/** Throws FLEET_CONFIG with the source, line and column of the node at `path`, or of its nearest existing parent. */
export type Fail = (path: Path, message: string) => never

/** A parsed document. */
export interface ConfigDocument {
  readonly root: unknown
  readonly fail: Fail
}

/** Parses the text; `source` names it in errors. Throws CodedError FLEET_CONFIG. */
export function readConfigDocument(source: string, text: string): ConfigDocument {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { ...yamlOptions, lineCounter })
  const at = (offset: number, message: string): never => {
    const { line, col } = lineCounter.linePos(offset)
    throw new ConfigError([{ offset, text: `${source}:${line}:${col}: ${message}` }])
  }
  mapAll(document.errors, ({ pos, message }) => at(pos[0], message.replaceAll('\n', ' ')))
  const fail: Fail = (path, message) => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined
      if (node?.range !== undefined) return at(node.range[0], message)
    }
    return at(0, message)
  }
  try {
    return { root: document.toJS(), fail }
  } catch (error) {
    // For example an alias without an anchor, or one that would expand without end.
    return at(0, errorText(error))
  }
}

/** What is wrong at one position. */
interface Fault {
  /** In characters, from the start of the document. */
  readonly offset: number
  /** With source, line and column. */
  readonly text: string
}

/** All faults of a document, a line for each, in the order of their positions. */
class ConfigError extends CodedError {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    const sorted = [...faults].sort((a, b) => a.offset - b.offset)
    super('FLEET_CONFIG', [...new Set(sorted.map(({ text }) => text))].join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** Reads all items; throws one error with the faults of all of them. */
export function mapAll<T, R>(items: readonly T[], read: (item: T, index: number) => R): R[] {
  const faults: Fault[] = []
  const results: R[] = []
  for (const [i, item] of items.entries()) {
    try {
      results.push(read(item, i))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      faults.push(...error.faults)
    }
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return results
}

/** Calls all readers and returns their results; throws one error with the faults of all of them. */
export function readAll<T extends Readonly<Record<string, () => unknown>>>(
  readers: T,
): { readonly [Name in keyof T]: ReturnType<T[Name]> } {
  const entries = mapAll(Object.entries(readers), ([name, read]) => [name, read()] as const)
  return Object.fromEntries(entries) as { readonly [Name in keyof T]: ReturnType<T[Name]> }
}

/** The fields of the map at `path`; any other value fails. */
export function mapAt(value: unknown, path: Path, fail: Fail): Fields {
  return asFields(value) ?? fail(path, `this is ${show(value)}, not a map of fields`)
}

/** The fields of the map at `path`; any other value and fields that are not in `allowed` fail. */
export function fieldsAt(
  value: unknown,
  path: Path,
  allowed: readonly string[],
  fail: Fail,
): Fields {
  const fields = mapAt(value, path, fail)
  const unknown = Object.keys(fields).filter((name) => !allowed.includes(name))
  mapAll(unknown, (name) => {
    const meant = nearest(name, allowed)
    const cure =
      meant === undefined ? `; known fields: ${allowed.join(', ')}` : ` (${didYouMean(meant)})`
    return fail([...path, name], `unknown field ${show(name)}${cure}`)
  })
  return fields
}

/**
 * The fields of the map at the path `name`, which are numbers, or whole numbers, of at least 1; absent ones are those of
 * `defaults`.
 */
export function readNumbers<Names extends string>(
  raw: unknown,
  name: string,
  defaults: Readonly<Record<Names, number>>,
  fail: Fail,
  what: 'number' | 'whole number' = 'number',
): Readonly<Record<Names, number>> {
  const fields = mapAt(raw, [name], fail)
  const isRight = (value: unknown): value is number => {
    if (typeof value !== 'number' || value < 1) return false
    return what === 'number' || Number.isInteger(value)
  }
  const readNumber = (field: string) => {
    // Null is no number: only an absent field has the default.
    const { [field]: value = defaults[field as Names] } = fields
    if (isRight(value)) return [field, value] as const
    return fail([name, field], `${name}.${field} is ${show(value)}, not a ${what} of at least 1`)
  }
  const { numbers } = readAll({
    known: () => fieldsAt(fields, [name], Object.keys(defaults), fail),
    numbers: () => mapAll(Object.keys(defaults), readNumber),
  })
  return Object.fromEntries(numbers) as Readonly<Record<Names, number>>
}
