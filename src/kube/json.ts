// Parses the JSON of an API server. Few bytes can make many objects in memory: a list of a million `{}` is 3 MB of text and
// 64 MB of objects. So the values of a long text are counted before it is parsed.
import { ApiError } from './api-error.ts'

/** More than any object has: etcd rejects objects over 1.5 MiB, and a value takes three bytes of protobuf. */
const MAX_VALUES = 600_000

const QUOTE = 0x22
const COMMA = 0x2c
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACE = 0x7b

/** Parses one object or list; `what` names it. Throws ApiError "protocol", or "too_large" for too many values. */
export function parseJson(text: Buffer, what = 'it'): unknown {
  if (text.length > MAX_VALUES && countValues(text) > MAX_VALUES) {
    throw new ApiError('too_large', `${what} has more than ${MAX_VALUES} values`)
  }
  try {
    return JSON.parse(text.toString('utf8'))
  } catch (cause) {
    throw new ApiError('protocol', `${what} is not JSON`, { cause })
  }
}

/** The number of commas and opening brackets outside strings, which is at least that of values. */
function countValues(text: Buffer): number {
  let values = 0
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]
    if (byte === COMMA || byte === BRACE || byte === BRACKET) values++
    else if (byte === QUOTE) i = endOfString(text, i)
  }
  return values
}

/** The index of the quote that ends the string at `start`, or that of the last byte. */
function endOfString(text: Buffer, start: number): number {
  let end = start + 1
  while (end < text.length && text[end] !== QUOTE) end += text[end] === BACKSLASH ? 2 : 1
  return end
}
