// Literals of Go templates: numbers (text/template/parse node.go newNumber) and quoted text (strconv.Unquote).

/** What a number literal can be; an int has 64 bits. */
export interface NumberLiteral {
  readonly int?: bigint
  readonly float?: number
}

/** The value of a literal, or Go's error text. */
export type Literal<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }

const INT =
  /^([+-]?)(?:0[xX](_?[\da-fA-F]+(?:_[\da-fA-F]+)*)|0[bB](_?[01]+(?:_[01]+)*)|0[oO]?(_?[0-7]+(?:_[0-7]+)*)|(0|[1-9]\d*(?:_\d+)*))$/
const PREFIXES = ['0x', '0b', '0o', '']

/** Reads a number such as "16", "0x1f" or "1.5". */
export function numberLiteral(text: string): Literal<NumberLiteral> {
  const int = intOf(text)
  if (int !== undefined) return { ok: true, value: { int, float: Number(int) } }
  const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)
  if (!isDecimal) return { ok: false, message: `illegal number syntax: ${JSON.stringify(text)}` }
  if (!/[.eE]/.test(text)) {
    return { ok: false, message: `integer overflow: ${JSON.stringify(text)}` }
  }
  const float = Number(text)
  const isInt = Number.isInteger(float) && Math.abs(float) < 2 ** 63
  return { ok: true, value: isInt ? { int: BigInt(float), float } : { float } }
}

/** Undefined also above 64 bits. */
function intOf(text: string): bigint | undefined {
  const [, sign, ...digits] = INT.exec(text) ?? []
  const base = digits.findIndex((part) => part !== undefined)
  if (base < 0) return undefined
  const size = BigInt(`${PREFIXES[base]}${digits[base]!.replaceAll('_', '')}`)
  const value = sign === '-' ? -size : size
  return BigInt.asIntN(64, value) === value ? value : undefined
}

const SHORT: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]?))/g

/** The text in quotes: double ones, backquotes, or single ones for one character. */
export function unquote(quoted: string): Literal<string> {
  const quote = quoted[0]!
  const inner = quoted.slice(1, -1)
  if (quote === '`') return { ok: true, value: inner.replaceAll('\r', '') }
  let isValid = true
  const value = inner.replaceAll(ESCAPE, (_, hex, unicode, long, octal, char: string) => {
    const digits: string | undefined = hex ?? unicode ?? long
    const code =
      octal === undefined ? Number.parseInt(digits ?? '0', 16) : Number.parseInt(octal, 8)
    if (digits !== undefined || octal !== undefined) {
      // Bytes that are no UTF-8 have no place in a text here.
      const isByte = unicode === undefined && long === undefined
      isValid &&= code <= (isByte ? 0x7f : 0x10ffff) && !(code >= 0xd800 && code < 0xe000)
      return isValid ? String.fromCodePoint(code) : ''
    }
    const plain = char === quote ? char : SHORT[char]
    isValid &&= plain !== undefined
    return plain ?? ''
  })
  isValid &&= quote !== "'" || value !== ''
  if (isValid && quote === "'" && [...value].length > 1) {
    return { ok: false, message: `malformed character constant: ${quoted}` }
  }
  return isValid ? { ok: true, value } : { ok: false, message: 'invalid syntax' }
}
