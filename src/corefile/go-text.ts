// Functions of Go's standard library whose exact results and error texts appear in CoreDNS' messages: strconv.Quote,
// strconv.Atoi, net.SplitHostPort, and the %v format of lists.

/** A value, or the error text of Go. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }

const SHORT: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

/** Go's %q. */
export function quote(text: string): string {
  const quoted = [...text].map((char) => {
    const short = SHORT[char]
    if (short !== undefined) return short
    if (char === ' ' || !/[\p{C}\p{Z}]/u.test(char)) return char
    const code = char.codePointAt(0)!
    if (code < 0x80) return `\\x${hex(code, 2)}`
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  })
  return `"${quoted.join('')}"`
}

/** Go's %v of a []string. */
export function list(items: readonly string[]): string {
  return `[${items.join(' ')}]`
}

/** Go's strconv.Atoi on a 64-bit machine. */
export function atoi(text: string): Result<number> {
  const fail = (reason: string): Result<number> => ({
    ok: false,
    message: `strconv.Atoi: parsing ${quote(text)}: ${reason}`,
  })
  if (!/^[-+]?\d+$/.test(text)) return fail('invalid syntax')
  const value = BigInt(text.replace('+', ''))
  if (BigInt.asIntN(64, value) !== value) return fail('value out of range')
  return { ok: true, value: Number(value) }
}

/** Go's strconv.ParseUint with base 10 and 32 bits. */
export function parseUint32(text: string): Result<number> {
  const fail = (reason: string): Result<number> => ({
    ok: false,
    message: `strconv.ParseUint: parsing ${quote(text)}: ${reason}`,
  })
  if (!/^\d+$/.test(text)) return fail('invalid syntax')
  const value = Number(text)
  return value < 2 ** 32 ? { ok: true, value } : fail('value out of range')
}

/** Go's strconv.ParseUint with base 0, which accepts prefixes and underscores, and `bits` bits (at most 32). */
export function parseUint(text: string, bits: number): Result<number> {
  const fail = (reason: string): Result<number> => ({
    ok: false,
    message: `strconv.ParseUint: parsing ${quote(text)}: ${reason}`,
  })
  const [, prefix = '', digits = ''] = /^(0[xbo]?_?)?(.*)$/is.exec(text) ?? []
  const base = BASES[prefix.replace('_', '').toLowerCase()]!
  const isWellFormed =
    text === '0' || (/^[\da-f]+(_[\da-f]+)*$/i.test(digits) && base.digits.test(digits))
  if (!isWellFormed) return fail('invalid syntax')
  const value = Number.parseInt(`0${digits.replaceAll('_', '')}`, base.radix)
  return value < 2 ** bits ? { ok: true, value } : fail('value out of range')
}

const BASES: Readonly<Record<string, { readonly radix: number; readonly digits: RegExp }>> = {
  '': { radix: 10, digits: /^[\d_]+$/ },
  '0': { radix: 8, digits: /^[0-7_]+$/ },
  '0o': { radix: 8, digits: /^[0-7_]+$/ },
  '0b': { radix: 2, digits: /^[01_]+$/ },
  '0x': { radix: 16, digits: /^[\da-f_]+$/i },
}

/** Go's net.SplitHostPort. */
export function splitAddress(text: string): Result<{ host: string; port: string }> {
  const fail = (reason: string): Result<never> => ({
    ok: false,
    message: `address ${text}: ${reason}`,
  })
  const colon = text.lastIndexOf(':')
  if (colon < 0) return fail('missing port in address')
  let host = text.slice(0, colon)
  let afterOpen = text
  let afterClose = text
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    if (close < 0) return fail("missing ']' in address")
    if (close + 1 !== colon) {
      return fail(
        text[close + 1] === ':' ? 'too many colons in address' : 'missing port in address',
      )
    }
    host = text.slice(1, close)
    afterOpen = text.slice(1)
    afterClose = text.slice(close + 1)
  } else if (host.includes(':')) return fail('too many colons in address')
  if (afterOpen.includes('[')) return fail("unexpected '[' in address")
  if (afterClose.includes(']')) return fail("unexpected ']' in address")
  return { ok: true, value: { host, port: text.slice(colon + 1) } }
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}
