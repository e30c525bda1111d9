// Go's fmt, for the values of templates: fmt.Sprint, Sprintln, and Sprintf with the verbs of VERBS.
import { quote } from '../../../corefile/go-text.ts'
import { ExecError } from './exec-error.ts'
import { sortedKeys, typeText, type Value } from './values.ts'

/** The verbs of `printf` that this engine has. */
export const VERBS = 'vsdxXobcqt'
/** A verb of a format: flags, index of its argument, width, precision and verb. */
export const VERB = /%([-+# 0]*)(?:\[(\d+)\])?(\d*)(?:\.(\d*))?(?:\[(\d+)\])?([\s\S]?)/gu

/** Characters: no record is longer. */
const MAX_WIDTH = 65_535

interface Flags {
  readonly minus: boolean
  readonly plus: boolean
  readonly space: boolean
  readonly zero: boolean
  readonly sharp: boolean
  readonly width: number
  readonly precision: number | undefined
}

const PLAIN: Flags = {
  minus: false,
  plus: false,
  space: false,
  zero: false,
  sharp: false,
  width: 0,
  precision: undefined,
}

/** fmt.Sprint: blanks between operands that are no strings. */
export function sprint(values: readonly Value[]): string {
  let text = ''
  for (const [i, value] of values.entries()) {
    const areStrings = typeof value === 'string' || typeof values[i - 1] === 'string'
    if (i > 0 && !areStrings) text += ' '
    text += verbText('v', PLAIN, value)
  }
  return text
}

/** fmt.Sprintln. */
export function sprintln(values: readonly Value[]): string {
  return `${values.map((value) => verbText('v', PLAIN, value)).join(' ')}\n`
}

/** fmt.Sprintf. Throws ExecError for a verb that is not in VERBS, and for a width that no record has. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0
  let isReordered = false
  const text = format.replaceAll(
    VERB,
    (_, flags: string, before, width: string, precision, after, verb: string) => {
      if (verb === '%') return '%'
      if (verb === '') return '%!(NOVERB)'
      if (!VERBS.includes(verb)) throw new ExecError(`the verb %${verb} is not supported`)
      const index: string | undefined = after ?? before
      if (index !== undefined) {
        next = Number(index) - 1
        isReordered = true
        if (next < 0 || next >= values.length) return `%!${verb}(BADINDEX)`
      }
      if (next >= values.length) return `%!${verb}(MISSING)`
      return verbText(verb, flagsOf(flags, width, precision), values[next++])
    },
  )
  if (isReordered || next >= values.length) return text
  const extra = values.slice(next).map((value) => {
    return value === undefined ? '<nil>' : `${typeText(value)}=${verbText('v', PLAIN, value)}`
  })
  return `${text}%!(EXTRA ${extra.join(', ')})`
}

function flagsOf(flags: string, width: string, precision: string | undefined): Flags {
  const parsed = {
    minus: flags.includes('-'),
    plus: flags.includes('+'),
    space: flags.includes(' '),
    zero: flags.includes('0') && !flags.includes('-'),
    sharp: flags.includes('#'),
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  }
  if (parsed.width > MAX_WIDTH || (parsed.precision ?? 0) > MAX_WIDTH) {
    throw new ExecError('the width of a verb is too large')
  }
  return parsed
}

function verbText(verb: string, flags: Flags, value: Value): string {
  if (value === undefined) return verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`
  if (typeof value === 'string') return stringText(verb, flags, value)
  if (typeof value === 'boolean') {
    return verb === 'v' || verb === 't' ? pad(String(value), flags) : badVerb(verb, flags, value)
  }
  switch (value.kind) {
    case 'int':
    case 'uint':
      return intText(verb, flags, value.value) ?? badVerb(verb, flags, value)
    case 'float':
      return verb === 'v' ? pad(floatText(value.value, flags), flags) : badVerb(verb, flags, value)
    case 'list':
      return `[${value.items.map((item) => verbText(verb, flags, item)).join(' ')}]`
    case 'map': {
      const entries = sortedKeys(value).map((key) => {
        const item = verbText(verb, flags, value.entries.get(key))
        return `${verbText(verb, flags, key)}:${item}`
      })
      return `map[${entries.join(' ')}]`
    }
    case 'struct':
      throw new ExecError(`a value of type ${value.type} has no text here; use its fields`)
  }
}

function badVerb(verb: string, flags: Flags, value: Exclude<Value, undefined>): string {
  return `%!${verb}(${typeText(value)}=${verbText('v', flags, value)})`
}

function stringText(verb: string, flags: Flags, value: string): string {
  const { precision } = flags
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('')
  switch (verb) {
    case 'v':
    case 's':
      return pad(cut, flags)
    case 'q':
      return pad(quote(cut), flags)
    case 'x':
    case 'X':
      return pad(hexText(verb, flags, value), flags)
    default:
      return badVerb(verb, flags, value)
  }
}

/** The bytes of a text; with a blank they are apart, and with "#" they have a prefix. */
function hexText(verb: 'x' | 'X', { precision, space, sharp }: Flags, value: string): string {
  const prefix = sharp ? '0x' : ''
  const bytes = [...Buffer.from(value).subarray(0, precision)]
  const parts = bytes.map((byte) => byte.toString(16).padStart(2, '0'))
  if (parts.length === 0) return ''
  const text = space ? parts.map((part) => prefix + part).join(' ') : prefix + parts.join('')
  return verb === 'x' ? text : text.toUpperCase()
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, x: 16, X: 16, o: 8, b: 2 }
const PREFIXES: Readonly<Record<string, string>> = { x: '0x', X: '0X', o: '0', b: '0b' }

function intText(verb: string, flags: Flags, value: bigint): string | undefined {
  if (verb === 'c' || verb === 'q') {
    const isValid = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n)
    const char = isValid ? String.fromCodePoint(Number(value)) : '\ufffd'
    return pad(verb === 'c' ? char : characterText(char), flags)
  }
  const base = BASES[verb]
  if (base === undefined) return undefined
  const { precision, zero, width, plus, space, sharp } = flags
  const isNegative = value < 0n
  const sign = isNegative ? '-' : plus ? '+' : space ? ' ' : ''
  const size = isNegative ? -value : value
  const plain = precision === 0 && size === 0n ? '' : size.toString(base)
  const digits = verb === 'X' ? plain.toUpperCase() : plain
  const least = precision ?? (zero ? width - sign.length : 0)
  const padded = digits.padStart(least, '0')
  const isPrefixed = sharp && !(verb === 'o' && padded.startsWith('0'))
  const prefix = isPrefixed ? (PREFIXES[verb] ?? '') : ''
  return pad(plain === '' ? '' : `${sign}${prefix}${padded}`, { ...flags, zero: false })
}

/** Go's %q of a character. */
function characterText(char: string): string {
  return `'${char === "'" ? "\\'" : char === '"' ? char : quote(char).slice(1, -1)}'`
}

/** The shortest text of a float, as %v has it. */
function floatText(value: number, { plus, space }: Flags): string {
  const size = Math.abs(value)
  const sign = value < 0 ? '-' : plus ? '+' : space ? ' ' : ''
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) {
    return sign + size.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  return `${sign}${size}`
}

/** Pads to the width, in characters; zeros are for strings, too. */
function pad(text: string, { width, minus, zero }: Flags): string {
  const padding = (zero ? '0' : ' ').repeat(Math.max(0, width - [...text].length))
  return minus ? text + padding : padding + text
}
