// The functions of templates: those of Go's text/template (funcs.go) but `call`, `html`, `js` and `urlquery`, and `parseInt` of
// CoreDNS. `and` and `or` are in the evaluator, because they do not evaluate all their arguments.
import { quote } from '../../../corefile/go-text.ts'
import { compare, equal } from './compare.ts'
import { ExecError } from './exec-error.ts'
import { sprint, sprintf, sprintln } from './format.ts'
import { type IntValue, intValue, isTrue, typeText, type Value } from './values.ts'

/** The type of a parameter; `value` takes everything. */
export type Parameter = 'string' | 'int' | 'value'

export interface GoFunction {
  readonly parameters: readonly Parameter[]
  /** The type of any number of further arguments. */
  readonly rest?: Parameter
  /** Throws ExecError. The arguments have the types of the parameters. */
  readonly call: (args: readonly Value[]) => Value
}

export const FUNCTIONS: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ['index', { parameters: ['value'], rest: 'value', call: ([item, ...at]) => index(item, at) }],
  ['slice', { parameters: ['value'], rest: 'value', call: ([item, ...at]) => slice(item, at) }],
  ['len', { parameters: ['value'], call: ([item]) => intValue(lengthOf(item)) }],
  ['not', { parameters: ['value'], call: ([value]) => !isTrue(value) }],
  ['print', { parameters: [], rest: 'value', call: sprint }],
  ['println', { parameters: [], rest: 'value', call: sprintln }],
  [
    'printf',
    {
      parameters: ['string'],
      rest: 'value',
      call: ([format, ...values]) => sprintf(format as string, values),
    },
  ],
  ['eq', { parameters: ['value'], rest: 'value', call: ([a, ...others]) => isOneOf(a, others) }],
  ['ne', { parameters: ['value', 'value'], call: ([a, b]) => !equal(a, b) }],
  ['lt', { parameters: ['value', 'value'], call: ([a, b]) => compare(a, b) < 0 }],
  ['le', { parameters: ['value', 'value'], call: ([a, b]) => compare(a, b) <= 0 }],
  ['gt', { parameters: ['value', 'value'], call: ([a, b]) => compare(a, b) > 0 }],
  ['ge', { parameters: ['value', 'value'], call: ([a, b]) => compare(a, b) >= 0 }],
  [
    'parseInt',
    {
      parameters: ['string', 'int', 'int'],
      call: ([text, base, bits]) => {
        return parseUint(text as string, numberOf(base), numberOf(bits))
      },
    },
  ],
])

/** All names that a template may call. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...FUNCTIONS.keys(), 'and', 'or'])
/** Functions of Go that are not here. */
export const UNSUPPORTED_FUNCTIONS: ReadonlySet<string> = new Set([
  'call',
  'html',
  'js',
  'urlquery',
])

function numberOf(value: Value): number {
  return Number((value as IntValue).value)
}

function isOneOf(value: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new ExecError('missing argument for comparison')
  return others.some((other) => equal(value, other))
}

function index(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined) throw new ExecError('index of untyped nil')
  let found: Value = item
  for (const at of indexes) found = element(found, at)
  return found
}

function element(item: Value, at: Value): Value {
  if (item !== undefined && typeof item !== 'string' && typeof item !== 'boolean') {
    if (item.kind === 'map') {
      if (typeof at === 'string') return item.entries.get(at) ?? ''
      if (at === undefined) throw new ExecError('value is nil; should be of type string')
      throw new ExecError(`value has type ${typeText(at)}; should be string`)
    }
    if (item.kind === 'list') {
      const position = positionOf(at, item.items.length)
      if (position === item.items.length) {
        throw new ExecError('reflect: slice index out of range')
      }
      return item.items[position]
    }
  }
  if (typeof item !== 'string') throw new ExecError(`can't index item of type ${nameOf(item)}`)
  const bytes = Buffer.from(item)
  const position = positionOf(at, bytes.length)
  if (position === bytes.length) throw new ExecError('reflect: string index out of range')
  return intValue(bytes[position]!, 'uint8')
}

/** An index from 0 to `most`. */
function positionOf(at: Value, most: number): number {
  if (at === undefined) throw new ExecError('cannot index slice/array with nil')
  if (typeof at !== 'object' || (at.kind !== 'int' && at.kind !== 'uint')) {
    throw new ExecError(`cannot index slice/array with type ${typeText(at)}`)
  }
  if (at.value < 0n || at.value > BigInt(most)) {
    throw new ExecError(`index out of range: ${at.value}`)
  }
  return Number(at.value)
}

function slice(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined) throw new ExecError('slice of untyped nil')
  if (indexes.length > 3) throw new ExecError(`too many slice indexes: ${indexes.length}`)
  if (typeof item !== 'string' && !(typeof item === 'object' && item.kind === 'list')) {
    throw new ExecError(`can't slice item of type ${nameOf(item)}`)
  }
  if (typeof item === 'string' && indexes.length === 3) {
    throw new ExecError('cannot 3-index slice a string')
  }
  const length = typeof item === 'string' ? Buffer.byteLength(item) : item.items.length
  const [from = 0, to = length, cap = length] = indexes.map((at) => positionOf(at, length))
  if (from > to) throw new ExecError(`invalid slice index: ${from} > ${to}`)
  if (to > cap) throw new ExecError(`invalid slice index: ${to} > ${cap}`)
  if (typeof item === 'string') return Buffer.from(item).toString('utf8', from, to)
  return { ...item, items: item.items.slice(from, to) }
}

function lengthOf(item: Value): number {
  if (typeof item === 'string') return Buffer.byteLength(item)
  if (typeof item === 'object' && item.kind === 'list') return item.items.length
  if (typeof item === 'object' && item.kind === 'map') return item.entries.size
  throw new ExecError(`len of type ${nameOf(item)}`)
}

/** The type of a value; a pointer is what it points to. */
function nameOf(value: Value): string {
  return value === undefined ? 'nil' : typeText(value).replace(/^\*/, '')
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** strconv.ParseUint. */
function parseUint(text: string, base: number, bits: number): IntValue {
  const fail = (reason: string) => {
    return new ExecError(`strconv.ParseUint: parsing ${quote(text)}: ${reason}`)
  }
  if (text === '') throw fail('invalid syntax')
  if (base !== 0 && (base < 2 || base > 36)) throw fail(`invalid base ${base}`)
  if (bits < 0 || bits > 64) throw fail(`invalid bit size ${bits}`)
  const [radix, digits] = base === 0 ? prefixed(text) : [base, text.toLowerCase()]
  let value = 0n
  for (const char of digits) {
    const digit = DIGITS.indexOf(char)
    if (digit < 0 || digit >= radix) throw fail('invalid syntax')
    value = value * BigInt(radix) + BigInt(digit)
    // A long text costs no more than this.
    if (value >= 2n ** 64n) throw fail('value out of range')
  }
  if (digits === '') throw fail('invalid syntax')
  if (value >= 2n ** BigInt(bits === 0 ? 64 : bits)) throw fail('value out of range')
  return intValue(value, 'uint64')
}

/** The base that a prefix means, and the digits behind it; underscores are allowed between them. */
function prefixed(text: string): readonly [radix: number, digits: string] {
  const [, prefix = '', rest = ''] = /^(0[xbo]|0(?=.))?(.*)$/i.exec(text) ?? []
  const radix = { '': 10, '0': 8, '0b': 2, '0o': 8, '0x': 16 }[prefix.toLowerCase()]!
  const isGrouped = /^[\da-z]+(_[\da-z]+)*$/i.test(prefix === '' ? rest : rest.replace(/^_/, ''))
  return [radix, isGrouped ? rest.toLowerCase().replaceAll('_', '') : '']
}
