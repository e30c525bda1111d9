// Parses the JSON of an API server. Few bytes can make many objects in memory: a list of a million `{}` is 3 MB of text and
// 64 MB of objects. So the values of one text are counted before it is parsed.
import { ApiError } from './api-error.ts'

/** More than any list page and any object has; a fifth of the values that 8 MB can hold. */
const MAX_VALUES = 600_000

const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b

/** Parses one object or list; `what` names it. Throws ApiError "protocol", or "too_large" for too many values. */
export function parseJson(text: Buffer, what = 'it'): unknown {
  if (hasTooManyValues(text)) {
    throw new ApiError('too_large', `${what} has more than ${MAX_VALUES} values`)
  }
  try {
    return JSON.parse(text.toString('utf8'))
  } catch (cause) {
    throw new ApiError('protocol', `${what} is not JSON`, { cause })
  }
}

/** Counts commas and opening brackets, also those in strings: an upper bound that needs no parser. */
function hasTooManyValues(text: Buffer): boolean {
  if (text.length <= MAX_VALUES) return false
  let values = 0
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]
    if (byte === COMMA || byte === BRACE || byte === BRACKET) values++
  }
  return values > MAX_VALUES
}
