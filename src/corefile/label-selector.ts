// Kubernetes' label selectors as a Corefile has them: "a=b, c in (d, e), !f". They are checked like in CoreDNS
// (apimachinery meta/v1 ParseToLabelSelector, labels.Parse), with Go's error texts.
import { quote, type Result } from './go-text.ts'

/** One condition on the labels of an object. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | '!'
  /** Sorted, each once; empty for `exists` and `!`. */
  readonly values: readonly string[]
}

/** Conditions that an object must all meet; sorted by key. Empty = all objects. */
export type LabelSelector = readonly LabelRequirement[]

/** Reads a selector; the message of a failure is Go's. */
export function parseLabelSelector(text: string): Result<LabelSelector> {
  try {
    const requirements = new Parser(text).requirements()
    const sorted = requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    return { ok: true, value: sorted.map(supported) }
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    return { ok: false, message: error.message }
  }
}

/** The selector in the form of the query parameter `labelSelector`; equal selectors have equal texts. */
export function labelSelectorText(selector: LabelSelector): string {
  const texts = selector.map(({ key, operator, values }) => {
    if (operator === 'exists') return key
    if (operator === '!') return `!${key}`
    const [first] = values
    return operator === 'in' && values.length === 1
      ? `${key}=${first}`
      : `${key} ${operator} (${values.join(',')})`
  })
  return [...new Set(texts)].join(',')
}

/** True if an object with these labels meets all conditions. */
export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined
    if (operator === 'exists') return value !== undefined
    if (operator === '!') return value === undefined
    const isListed = value !== undefined && values.includes(value)
    return operator === 'in' ? isListed : !isListed
  })
}

class SelectorError extends Error {}

/** A requirement before the operators that label selectors do not have are refused. */
interface Parsed {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

function supported({ key, operator, values }: Parsed): LabelRequirement {
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return { key, operator: 'in', values }
    case 'notin':
    case 'exists':
    case '!':
      return { key, operator, values }
    case 'gt':
    case 'lt':
      throw new SelectorError(`${quote(operator)} isn't supported in label selectors`)
    default:
      throw new SelectorError(`${quote(operator)} is not a valid label selector operator`)
  }
}

const BINARY: Readonly<Record<string, string>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
}
const SYMBOLS = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '('])

/** A token: '' is the end. Words are identifiers; `in` and `notin` are operators only behind a key. */
type Token = string

function isIdentifier(token: Token): boolean {
  return token !== '' && !/^[=!(),<>]/.test(token)
}

/** labels.Parser: the same steps, so that the same mistake is reported. */
class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  requirements(): Parsed[] {
    const found: Parsed[] = []
    for (let next = this.#peek(); next !== ''; next = this.#peek()) {
      if (!isIdentifier(next) && next !== '!') {
        this.#fail(`found '${next}', expected: !, identifier, or 'end of string'`)
      }
      found.push(this.#requirement())
      const after = this.#take()
      if (after === '') break
      if (after !== ',') this.#fail(`found '${after}', expected: ',' or 'end of string'`)
      const then = this.#peek()
      if (!isIdentifier(then) && then !== '!') {
        this.#fail(`found '${then}', expected: identifier after ','`)
      }
    }
    return found
  }

  #requirement(): Parsed {
    const isNegated = this.#peek() === '!'
    if (isNegated) this.#take()
    const key = this.#take()
    if (!isIdentifier(key)) this.#failRequirement(`found '${key}', expected: identifier`)
    const problems = keyProblems(key)
    if (problems.length > 0) this.#failRequirement(invalid('<nil>', key, problems))
    if (isNegated) return { key, operator: '!', values: [] }
    const next = this.#peek()
    if (next === '' || next === ',') return { key, operator: 'exists', values: [] }
    const operator = BINARY[this.#take()]
    if (operator === undefined) {
      const operators = Object.values(BINARY).join(', ')
      this.#failRequirement(`found '${next}', expected: ${operators}`)
    }
    const isSet = operator === 'in' || operator === 'notin'
    const values = [...new Set(isSet ? this.#values() : [this.#value()])].sort()
    this.#checkValues(key, operator, values)
    return { key, operator, values }
  }

  #values(): string[] {
    const open = this.#take()
    if (open !== '(') this.#failRequirement(`found '${open}' expected: '('`)
    const first = this.#peek()
    if (first === ')') {
      this.#take()
      return ['']
    }
    if (first !== ',' && !isIdentifier(first)) {
      this.#failRequirement(`found '${first}', expected: ',', ')' or identifier`)
    }
    const values = this.#list()
    this.#take()
    return values
  }

  /** Values up to the closing parenthesis; an empty one between two commas counts. */
  #list(): string[] {
    const values: string[] = []
    for (;;) {
      const token = this.#take()
      const next = this.#peek()
      if (token === ',') {
        if (values.length === 0 || next === ',' || next === ')') values.push('')
        if (next === ')') return values
        continue
      }
      if (!isIdentifier(token)) {
        this.#failRequirement(`found '${token}', expected: ',', or identifier`)
      }
      values.push(token)
      if (next === ')') return values
      if (next !== ',') this.#failRequirement(`found '${next}', expected: ',' or ')'`)
    }
  }

  #value(): string {
    const next = this.#peek()
    if (next === '' || next === ',') return ''
    const value = this.#take()
    if (!isIdentifier(value)) this.#failRequirement(`found '${value}', expected: identifier`)
    return value
  }

  #checkValues(key: string, operator: string, values: readonly string[]): void {
    const problems = values.flatMap((value, i) => {
      const path = `values[${i}]`
      const texts: string[] = []
      if ((operator === 'gt' || operator === 'lt') && !/^[-+]?\d+$/.test(value)) {
        texts.push(invalid(path, value, ["for 'Gt', 'Lt' operators, the value must be an integer"]))
      }
      const wrong = valueProblems(value)
      if (wrong.length > 0) texts.push(invalid(`${path}[${key}]`, value, wrong))
      return texts
    })
    if (problems.length === 1) this.#failRequirement(problems[0]!)
    if (problems.length > 1) this.#failRequirement(`[${problems.join(', ')}]`)
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? ''
  }

  #take(): Token {
    return this.#tokens[this.#position++] ?? ''
  }

  #failRequirement(message: string): never {
    this.#fail(`unable to parse requirement: ${message}`)
  }

  #fail(message: string): never {
    throw new SelectorError(`couldn't parse the selector string "${this.#text}": ${message}`)
  }
}

/** labels.Lexer; operators are the longest that match. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const [part] of text.matchAll(/[=!(),<>]+|[^=!(),<>\s]+/g)) {
    let rest = part
    while (rest !== '') {
      const size = SYMBOLS.has(rest.slice(0, 2))
        ? 2
        : SYMBOLS.has(rest.slice(0, 1))
          ? 1
          : rest.length
      tokens.push(rest.slice(0, size))
      rest = rest.slice(size)
    }
  }
  return tokens
}

/** field.Error. */
function invalid(path: string, value: string, problems: readonly string[]): string {
  return `${path}: Invalid value: ${quote(value)}: ${problems.join('; ')}`
}

const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const CHARACTERS =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const KEY_RULE = `must ${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`
const VALUE_RULE = `a valid label must be an empty string or ${CHARACTERS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'
const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`

function keyProblems(key: string): string[] {
  const parts = key.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${KEY_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const name = parts.at(-1)!
  const problems = parts.length === 2 ? prefixProblems(parts[0]!) : []
  if (name === '') problems.push('name part must be non-empty')
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes')
  if (!new RegExp(`^${NAME}$`).test(name)) problems.push(`name part ${KEY_RULE}`)
  return problems
}

function prefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty']
  const problems = prefix.length > 253 ? ['prefix part must be no more than 253 bytes'] : []
  if (!new RegExp(`^${SUBDOMAIN}$`).test(prefix)) problems.push(`prefix part ${SUBDOMAIN_RULE}`)
  return problems
}

function valueProblems(value: string): string[] {
  const problems = value.length > 63 ? ['must be no more than 63 bytes'] : []
  if (!new RegExp(`^(${NAME})?$`).test(value)) problems.push(VALUE_RULE)
  return problems
}
