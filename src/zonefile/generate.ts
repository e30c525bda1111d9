// The lines that `$GENERATE` stands for, as BIND has it: in the words behind the range, `$` is the number, `$$` and `\$` a dollar
// sign, and `${OFFSET[,WIDTH[,BASE]]}` a number in another form (miekg/dns generate.go).
import { RRTextError } from '../dns/rr-text-error.ts'
import type { RRToken, RRTokens } from '../dns/rr-tokens.ts'

/** Numbers of one directive. */
const MAX_STEPS = 65_535
/** The largest number with an offset. */
const MAX_OFFSET_NUMBER = 2 ** 31 - 1

interface Range {
  readonly start: number
  readonly end: number
  readonly step: number
}

/** A place of the number. */
interface Place {
  readonly offset: number
  readonly width: number
  readonly base: 'd' | 'o' | 'x' | 'X'
}

/**
 * Reads the rest of the directive behind its range, and returns its lines, each with a line feed. Throws RRTextError, also for
 * what is wrong with places.
 */
export function generatedLines(rangeToken: RRToken, tokens: RRTokens): Iterable<string> {
  const range = rangeOf(rangeToken)
  const blank = tokens.next()
  if (blank.kind !== 'blank') throw new RRTextError('garbage after $GENERATE range', blank)
  let text = ''
  for (;;) {
    const token = tokens.next()
    if (token.kind === 'error') throw new RRTextError('bad data in $GENERATE directive', token)
    if (token.kind === 'newline' || token.kind === 'end') break
    text += token.text
  }
  return linesOf(range, partsOf(text, range, blank))
}

function* linesOf({ start, end, step }: Range, parts: readonly (string | Place)[]) {
  for (let number = start; number <= end; number += step) {
    yield `${parts.map((part) => (typeof part === 'string' ? part : formatted(number, part))).join('')}\n`
  }
}

/** "START-STOP[/STEP]". */
function rangeOf(token: RRToken): Range {
  const fail = (part: string) => new RRTextError(`bad ${part} in $GENERATE range`, token)
  const [, bounds = '', slash, stepText = ''] = /^([^/]*)(\/)?(.*)$/s.exec(token.text) ?? []
  const step = slash === undefined ? 1 : integer(stepText)
  if (step === undefined || step <= 0) throw fail('step')
  const dash = bounds.indexOf('-')
  if (dash < 0) throw fail('start-stop')
  const start = integer(bounds.slice(0, dash))
  if (start === undefined) throw fail('start')
  const end = integer(bounds.slice(dash + 1))
  if (end === undefined) throw fail('stop')
  if (end < 0 || start < 0 || end < start || Math.trunc((end - start) / step) > MAX_STEPS) {
    throw fail('range')
  }
  return { start, end, step }
}

function integer(text: string): number | undefined {
  const number = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

function partsOf(text: string, range: Range, blank: RRToken): readonly (string | Place)[] {
  const parts: (string | Place)[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '\\') {
      const escaped = text[++i]
      // miekg/dns drops all others.
      if (escaped === '\\' || escaped === '$') parts.push(escaped)
    } else if (char !== '$') parts.push(char)
    else if (text[i + 1] === '$') parts.push(text[++i]!)
    else if (text[i + 1] !== '{') parts.push({ offset: 0, width: 0, base: 'd' })
    else {
      const close = text.indexOf('}', i + 2)
      const end = close < 0 ? text.length : close + 1
      const place = placeOf(text.slice(i + 2, end - 1), close >= 0, range)
      if (typeof place === 'string') {
        const at = { text: text.slice(i, end), column: blank.column + i + 1 }
        throw new RRTextError(place, { ...blank, ...at })
      }
      parts.push(place)
      i = close
    }
  }
  return parts
}

/** A place, or the text of an error. */
function placeOf(text: string, isClosed: boolean, { start, end }: Range): Place | string {
  const [offsetText = '', widthText = '0', base = 'd', ...more] = text.split(',')
  if (!isClosed || more.length > 0) return 'bad modifier in $GENERATE'
  if (base !== 'd' && base !== 'o' && base !== 'x' && base !== 'X') return 'bad base in $GENERATE'
  const offset = integer(offsetText)
  if (offset === undefined) return 'bad offset in $GENERATE'
  if (!/^\d+$/.test(widthText) || Number(widthText) > 255) return 'bad width in $GENERATE'
  if (start + offset < 0 || end + offset > MAX_OFFSET_NUMBER) return 'bad offset in $GENERATE'
  return { offset, width: Number(widthText), base }
}

const RADIX = { d: 10, o: 8, x: 16, X: 16 } as const

function formatted(number: number, { offset, width, base }: Place): string {
  const digits = (number + offset).toString(RADIX[base]).padStart(width, '0')
  return base === 'X' ? digits.toUpperCase() : digits
}
