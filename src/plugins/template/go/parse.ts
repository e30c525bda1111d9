// Parses Go templates (Go 1.26 text/template/parse parse.go), with Go's error texts. `define`, `block` and `template` are
// not supported: a template makes one record.
import { type Item, type ItemKind, itemsOf } from './items.ts'
import { numberLiteral, unquote } from './literals.ts'
import {
  type CommandNode,
  type ControlNode,
  type FieldNode,
  nodeText,
  type Operand,
  type PipeNode,
  type Statement,
  type Template,
  type VariableNode,
} from './nodes.ts'
import { TemplateError } from './template-error.ts'

interface ParseOptions {
  /** The name of the template in errors. */
  readonly name: string
  readonly functions: ReadonlySet<string>
  /** Functions that Go has, and this engine has not. */
  readonly unsupported: ReadonlySet<string>
}

/** Parses the text of a template. Throws TemplateError. */
export function parseTemplate(text: string, options: ParseOptions): Template {
  return { name: options.name, text, root: new Parser(text, options).parse() }
}

type Control = ControlNode['kind']
/** What ends a list of statements; `else` with `if` or `with` behind it goes on with that. */
type End = { readonly kind: 'end' } | { readonly kind: 'else'; readonly at: number }

const OPERANDS: ReadonlySet<ItemKind> = new Set<ItemKind>([
  'bool',
  'character',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'raw',
  'string',
  'variable',
  'open',
])
/** Operands that are no commands behind a pipe. */
const CONSTANTS: ReadonlySet<string> = new Set(['bool', 'dot', 'nil', 'number', 'string'])
/** Go's limit of parentheses within each other is 10,000. */
const MAX_DEPTH = 100

class Parser {
  readonly #items: readonly Item[]
  readonly #options: ParseOptions
  #next = 0
  /** The furthest token that was looked at, whose line errors name. */
  #seen = 0
  #actionLine = 0
  #variables = ['$']
  #ranges = 0
  #depth = 0

  constructor(text: string, options: ParseOptions) {
    this.#items = itemsOf(text)
    this.#options = options
  }

  parse(): readonly Statement[] {
    const root: Statement[] = []
    while (this.#peek().kind !== 'eof') {
      const statement = this.#statement()
      if (isEnd(statement)) throw this.#error(`unexpected {{${statement.kind}}}`)
      root.push(statement)
    }
    return root
  }

  /** Statements up to `end` or `else`. */
  #list(): readonly [list: readonly Statement[], end: End] {
    const list: Statement[] = []
    while (this.#peekWord().kind !== 'eof') {
      const statement = this.#statement()
      if (isEnd(statement)) return [list, statement]
      list.push(statement)
    }
    throw this.#error('unexpected EOF')
  }

  #statement(): Statement | End {
    const item = this.#word()
    if (item.kind === 'text') return { kind: 'text', at: item.at, text: item.text }
    if (item.kind !== 'left') throw this.#unexpected(item, 'input')
    this.#actionLine = item.line
    const statement = this.#action()
    this.#actionLine = 0
    return statement
  }

  #action(): Statement | End {
    const item = this.#peekWord()
    if (item.kind !== 'keyword') {
      return { kind: 'action', at: item.at, pipe: this.#pipe('command', 'right') }
    }
    this.#word()
    switch (item.text) {
      case 'if':
      case 'with':
      case 'range':
        return this.#control(item.text)
      case 'end':
        this.#expect('right', 'end')
        return { kind: 'end' }
      case 'else':
        return this.#else()
      case 'break':
      case 'continue': {
        const next = this.#word()
        const action = `{{${item.text}}}`
        if (next.kind !== 'right') throw this.#unexpected(next, action)
        if (this.#ranges === 0) throw this.#error(`${action} outside {{range}}`)
        return { kind: item.text, at: item.at }
      }
      default:
        throw new TemplateError(`the action {{${item.text}}} of a template`, true)
    }
  }

  #else(): End {
    const next = this.#peekWord()
    if (next.kind === 'keyword' && (next.text === 'if' || next.text === 'with')) {
      return { kind: 'else', at: next.at }
    }
    return { kind: 'else', at: this.#expect('right', 'else').at }
  }

  #control(kind: Control): ControlNode {
    const variables = this.#variables.length
    const pipe = this.#pipe(kind, 'right')
    if (kind === 'range') this.#ranges++
    const [list, end] = this.#list()
    if (kind === 'range') this.#ranges--
    const otherwise = end.kind === 'else' ? this.#otherwise(kind) : undefined
    this.#variables.length = variables
    return { kind, at: pipe.at, pipe, list, otherwise }
  }

  /** The statements behind `else`; "else if" is an `if` within `else`, which shares its `end`. */
  #otherwise(kind: Control): readonly Statement[] {
    const next = this.#peek()
    if (kind !== 'range' && next.kind === 'keyword' && next.text === kind) {
      this.#take()
      return [this.#control(kind)]
    }
    const [list, end] = this.#list()
    if (end.kind !== 'end') throw this.#error('expected end; found {{else}}')
    return list
  }

  #pipe(context: string, end: ItemKind): PipeNode {
    const { at } = this.#peekWord()
    const { variables, isAssignment } = this.#declarations(context)
    const commands: CommandNode[] = []
    for (;;) {
      const item = this.#word()
      if (item.kind === end) break
      if (!OPERANDS.has(item.kind)) throw this.#unexpected(item, context)
      this.#next--
      commands.push(this.#command())
    }
    if (commands.length === 0) throw this.#error(`missing value for ${context}`)
    const wrong = commands.slice(1).findIndex(({ args }) => CONSTANTS.has(args[0]!.kind))
    if (wrong >= 0) throw this.#error(`non executable command in pipeline stage ${wrong + 2}`)
    return { kind: 'pipe', at, variables, isAssignment, commands }
  }

  #declarations(context: string): Pick<PipeNode, 'variables' | 'isAssignment'> {
    const variables: string[] = []
    for (;;) {
      const start = this.#next
      const variable = this.#peekWord()
      if (variable.kind !== 'variable') break
      this.#word()
      const next = this.#peekWord()
      const isComma = next.kind === 'char' && next.text === ','
      if (next.kind !== 'assign' && next.kind !== 'declare' && !isComma) {
        this.#next = start
        break
      }
      this.#word()
      variables.push(variable.text)
      this.#variables.push(variable.text)
      if (!isComma) return { variables, isAssignment: next.kind === 'assign' }
      if (context !== 'range' || variables.length > 1) {
        throw this.#error(`too many declarations in ${context}`)
      }
      if (!['variable', 'right', 'close'].includes(this.#peekWord().kind)) {
        throw this.#error('range can only initialize variables')
      }
    }
    return { variables, isAssignment: false }
  }

  #command(): CommandNode {
    const { at } = this.#peekWord()
    const args: Operand[] = []
    for (;;) {
      this.#peekWord()
      const operand = this.#operand()
      if (operand !== undefined) args.push(operand)
      const item = this.#take()
      if (item.kind === 'space') continue
      if (item.kind === 'right' || item.kind === 'close') this.#next--
      else if (item.kind !== 'pipe') throw this.#unexpected(item, 'operand')
      break
    }
    if (args.length === 0) throw this.#error('empty command')
    return { kind: 'command', at, args }
  }

  /** A term with the fields behind it; undefined if there is none. */
  #operand(): Operand | undefined {
    const node = this.#term()
    if (node === undefined || this.#peek().kind !== 'field') return node
    const { at } = this.#peek()
    const names: string[] = []
    while (this.#peek().kind === 'field') names.push(this.#take().text.slice(1))
    switch (node.kind) {
      case 'field':
      case 'variable':
        return { ...node, at, names: [...node.names, ...names] }
      case 'pipe':
      case 'identifier':
        return { kind: 'chain', at, node, names }
      default:
        throw this.#error(`unexpected . after term ${JSON.stringify(nodeText(node))}`)
    }
  }

  #term(): Operand | undefined {
    const { kind, text, at } = this.#word()
    switch (kind) {
      case 'identifier':
        if (this.#options.unsupported.has(text)) {
          throw new TemplateError(`the function ${text} of templates`, true)
        }
        if (!this.#options.functions.has(text)) {
          throw this.#error(`function ${JSON.stringify(text)} not defined`)
        }
        return { kind, at, name: text }
      case 'dot':
      case 'nil':
        return { kind, at }
      case 'variable':
        return this.#useVariable(text, at)
      case 'field':
        return { kind, at, names: [text.slice(1)] } satisfies FieldNode
      case 'bool':
        return { kind, at, value: text === 'true' }
      case 'complex':
        throw complexNumber()
      case 'character':
      case 'number':
        return { kind: 'number', at, text, ...this.#numberOf(kind, text) }
      case 'string':
      case 'raw':
        return { kind: 'string', at, quoted: text, text: this.#unquoted(text) }
      case 'open': {
        if (++this.#depth > MAX_DEPTH) throw this.#error('max expression depth exceeded')
        const pipe = this.#pipe('parenthesized pipeline', 'close')
        this.#depth--
        return pipe
      }
      default:
        this.#next--
        return undefined
    }
  }

  #numberOf(kind: 'character' | 'number', text: string) {
    if (kind === 'character') {
      const code = this.#unquoted(text).codePointAt(0)!
      return { int: BigInt(code), float: code }
    }
    if (text.endsWith('i')) throw complexNumber()
    const literal = numberLiteral(text)
    if (!literal.ok) throw this.#error(literal.message)
    return literal.value
  }

  #unquoted(text: string): string {
    const literal = unquote(text)
    if (!literal.ok) throw this.#error(literal.message)
    return literal.value
  }

  #useVariable(text: string, at: number): VariableNode {
    if (!this.#variables.includes(text)) {
      throw this.#error(`undefined variable ${JSON.stringify(text)}`)
    }
    return { kind: 'variable', at, names: [text] }
  }

  #take(): Item {
    const item = this.#items[Math.min(this.#next++, this.#items.length - 1)]!
    this.#seen = Math.max(this.#seen, this.#next - 1)
    return item
  }

  #peek(): Item {
    const item = this.#take()
    this.#next--
    return item
  }

  /** The next token that is no blank. */
  #word(): Item {
    for (;;) {
      const item = this.#take()
      if (item.kind !== 'space') return item
    }
  }

  /** As `#word`, and stays before it: the blanks are skipped. */
  #peekWord(): Item {
    const item = this.#word()
    this.#next--
    return item
  }

  #expect(kind: ItemKind, context: string): Item {
    const item = this.#word()
    if (item.kind !== kind) throw this.#unexpected(item, context)
    return item
  }

  #unexpected(item: Item, context: string): TemplateError {
    if (item.kind !== 'error') return this.#error(`unexpected ${itemText(item)} in ${context}`)
    const isLater = this.#actionLine !== 0 && this.#actionLine !== item.line
    const place = `started at ${this.#options.name}:${this.#actionLine}`
    const where = item.text.endsWith(' action') ? ` ${place}` : ` in action ${place}`
    return this.#error(`${item.text}${isLater ? where : ''}`)
  }

  #error(message: string): TemplateError {
    const { line } = this.#items[Math.min(this.#seen, this.#items.length - 1)]!
    return new TemplateError(`template: ${this.#options.name}:${line}: ${message}`)
  }
}

function complexNumber(): TemplateError {
  return new TemplateError('a complex number in a template', true)
}

function isEnd(statement: Statement | End): statement is End {
  return statement.kind === 'end' || statement.kind === 'else'
}

/** Go's text of a token. */
function itemText({ kind, text }: Item): string {
  if (kind === 'eof') return text
  if (kind === 'keyword' || kind === 'dot' || kind === 'nil') return `<${text}>`
  return text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text)
}
