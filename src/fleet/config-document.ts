// A YAML text of the fleet's configuration, read with positions: every error names the source, line and column. Unknown
// fields are errors, so that misspelled ones are reported.
import { LineCounter, parseDocument } from 'yaml'
import { CodedError } from '../errors.ts'
import { asFields, type Fields, show } from '../kube/fields.ts'
import { yamlOptions } from '../kube/yaml-options.ts'

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
    throw new CodedError('FLEET_CONFIG', `${source}:${line}:${col}: ${message}`)
  }
  const [error] = document.errors
  if (error !== undefined) at(error.pos[0], error.message.replaceAll('\n', ' '))
  const fail: Fail = (path, message) => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined
      if (node?.range !== undefined) return at(node.range[0], message)
    }
    return at(0, message)
  }
  return { root: document.toJS(), fail }
}

/** The fields of the map at `path`; any other value and fields that are not in `allowed` fail. */
export function fieldsAt(
  value: unknown,
  path: Path,
  allowed: readonly string[],
  fail: Fail,
): Fields {
  const fields = asFields(value)
  if (fields === undefined) return fail(path, `this is ${show(value)}, not a map of fields`)
  for (const name of Object.keys(fields)) {
    if (allowed.includes(name)) continue
    fail([...path, name], `unknown field ${show(name)}; known fields: ${allowed.join(', ')}`)
  }
  return fields
}
