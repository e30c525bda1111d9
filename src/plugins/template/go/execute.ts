// Runs Go templates (Go 1.26 text/template exec.go) on a value, with Go's error texts.
import { ExecError } from './exec-error.ts'
import { sprint } from './format.ts'
import { FUNCTIONS, type Parameter } from './functions.ts'
import {
  type CommandNode,
  type ControlNode,
  listText,
  type Node,
  type NumberNode,
  nodeText,
  type Operand,
  type PipeNode,
  type Statement,
  type Template,
} from './nodes.ts'
import { floatValue, intValue, isTrue, sortedKeys, typeText, type Value } from './values.ts'

/** Characters that a template may write: the longest record has fewer. */
const MAX_OUTPUT = 300_000
/** Rounds of all loops of a template together: a client may choose their number. */
const MAX_ROUNDS = 10_000

/** The text that the template makes of `data`, or the message of an error. Never throws. */
export type Executed =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string }

/** Runs a template; `data` is its dot. */
export function execute(template: Template, data: Value): Executed {
  const run = new Run(template, data)
  try {
    return { ok: true, text: run.text() }
  } catch (error) {
    if (!(error instanceof ExecError)) throw error
    return { ok: false, message: run.located(error.message) }
  }
}

/** The template as Go prints it. */
export function templateText({ root }: Template): string {
  return listText(root)
}

/** What a list of statements ends with. */
type Flow = 'break' | 'continue' | undefined

/** What a pipe hands to the next command; a value may be undefined. */
type Final = { readonly value: Value } | undefined

class Run {
  readonly #template: Template
  readonly #data: Value
  /** The innermost one is the last. */
  readonly #variables: { readonly name: string; value: Value }[]
  #output = ''
  #rounds = 0
  /** What is evaluated, for errors. */
  #node: Node | undefined

  constructor(template: Template, data: Value) {
    this.#template = template
    this.#data = data
    this.#variables = [{ name: '$', value: data }]
  }

  text(): string {
    this.#list(this.#template.root, this.#data)
    return this.#output
  }

  /** The message with the place of the node that is evaluated. */
  located(message: string): string {
    const { name, text } = this.#template
    if (this.#node === undefined) return `template: ${name}: ${message}`
    const before = text.slice(0, this.#node.at).split('\n')
    const place = `${before.length}:${before.at(-1)!.length}`
    return `template: ${name}:${place}: executing "${name}" at <${nodeText(this.#node)}>: ${message}`
  }

  #list(list: readonly Statement[], dot: Value): Flow {
    for (const statement of list) {
      const flow = this.#statement(statement, dot)
      if (flow !== undefined) return flow
    }
    return undefined
  }

  #statement(node: Statement, dot: Value): Flow {
    this.#node = node
    switch (node.kind) {
      case 'text':
        this.#write(node.text)
        return undefined
      case 'action': {
        const value = this.#pipe(node.pipe, dot)
        if (node.pipe.variables.length > 0) return undefined
        this.#node = node
        this.#write(value === undefined ? '<no value>' : sprint([value]))
        return undefined
      }
      case 'break':
      case 'continue':
        return node.kind
      case 'range':
        return this.#range(node, dot)
      default:
        return this.#ifOrWith(node, dot)
    }
  }

  #write(text: string): void {
    this.#output += text
    if (this.#output.length > MAX_OUTPUT) throw new ExecError('the record is too long')
  }

  #ifOrWith({ kind, pipe, list, otherwise }: ControlNode, dot: Value): Flow {
    const mark = this.#variables.length
    const value = this.#pipe(pipe, dot)
    const flow = isTrue(value)
      ? this.#list(list, kind === 'with' ? value : dot)
      : this.#list(otherwise ?? [], dot)
    this.#variables.length = mark
    return flow
  }

  #range({ pipe, list, otherwise }: ControlNode, dot: Value): Flow {
    const before = this.#variables.length
    const value = this.#pipe(pipe, dot)
    const mark = this.#variables.length
    let isEmpty = true
    let flow: Flow
    for (const [key, item] of this.#entries(value, pipe)) {
      isEmpty = false
      if (++this.#rounds > MAX_ROUNDS) throw new ExecError('too many rounds of range')
      this.#setRangeVariables(pipe, key, item)
      flow = this.#list(list, item)
      this.#variables.length = mark
      if (flow === 'break') break
    }
    flow = isEmpty && otherwise !== undefined ? this.#list(otherwise, dot) : undefined
    this.#variables.length = before
    return flow
  }

  /** The keys and items of what a range goes over. */
  #entries(value: Value, pipe: PipeNode): Iterable<readonly [key: Value, item: Value]> {
    if (value === undefined) return []
    const isObject = typeof value === 'object'
    if (isObject && value.kind === 'list') {
      return value.items.map((item, i) => [intValue(i), item])
    }
    if (isObject && value.kind === 'map') {
      return sortedKeys(value).map((key) => [key, value.entries.get(key)])
    }
    if (isObject && (value.kind === 'int' || value.kind === 'uint')) {
      if (pipe.variables.length > 1) {
        const shown = sprint([value])
        throw new ExecError(`can't use ${shown} to iterate over more than one variable`)
      }
      const { type } = value
      const count = Number(value.value > MAX_ROUNDS ? MAX_ROUNDS + 1 : value.value)
      return Array.from({ length: Math.max(0, count) }, (_, i) => [undefined, intValue(i, type)])
    }
    throw new ExecError(`range can't iterate over ${sprint([value])}`)
  }

  /** With one variable it is the item; with two the first one is the key. */
  #setRangeVariables({ variables, isAssignment }: PipeNode, key: Value, item: Value): void {
    const values = variables.length === 2 ? [key, item] : [item]
    for (const [i, name] of variables.entries()) {
      if (isAssignment) this.#assign(name, values[i])
      // The pipe has just declared them.
      else this.#variables[this.#variables.length - variables.length + i]!.value = values[i]
    }
  }

  #assign(name: string, value: Value): void {
    const variable = this.#variables.findLast((one) => one.name === name)
    if (variable === undefined) throw new ExecError(`undefined variable: ${name}`)
    variable.value = value
  }

  #pipe(node: PipeNode, dot: Value): Value {
    this.#node = node
    let final: Final
    for (const command of node.commands) final = { value: this.#command(command, dot, final) }
    const value = final?.value
    for (const name of node.variables) {
      if (node.isAssignment) this.#assign(name, value)
      else this.#variables.push({ name, value })
    }
    return value
  }

  #command(command: CommandNode, dot: Value, final: Final): Value {
    const [first, ...args] = command.args
    const node = first!
    switch (node.kind) {
      case 'field':
      case 'variable':
      case 'chain':
        return this.#fields(node, dot, args, final)
      case 'identifier':
        this.#node = node
        return this.#call(node.name, command, args, dot, final)
      case 'pipe':
        this.#noArguments(node, args, final)
        return this.#pipe(node, dot)
      default:
        this.#node = node
        this.#noArguments(node, args, final)
        if (node.kind === 'nil') throw new ExecError('nil is not a command')
        return this.#constant(node, dot)
    }
  }

  #constant(node: Exclude<Operand, { kind: 'nil' }>, dot: Value): Value {
    this.#node = node
    switch (node.kind) {
      case 'bool':
        return node.value
      case 'dot':
        return dot
      case 'number':
        return numberValue(node)
      case 'string':
        return node.text
      default:
        throw new ExecError(`can't evaluate command ${JSON.stringify(nodeText(node))}`)
    }
  }

  #noArguments(node: Operand, args: readonly Operand[], final: Final): void {
    if (args.length === 0 && final === undefined) return
    throw new ExecError(`can't give argument to non-function ${nodeText(node)}`)
  }

  /** ".A.B", "$x.A" and "(pipe).A". */
  #fields(
    node: Extract<Operand, { kind: 'field' | 'variable' | 'chain' }>,
    dot: Value,
    args: readonly Operand[],
    final: Final,
  ): Value {
    this.#node = node
    const names = node.kind === 'variable' ? node.names.slice(1) : node.names
    let value = this.#receiver(node, dot)
    if (names.length === 0) {
      this.#noArguments(node, args, final)
      return value
    }
    for (const [i, name] of names.entries()) {
      const isCalled = i === names.length - 1 && (args.length > 0 || final !== undefined)
      value = fieldOf(value, name, isCalled)
    }
    return value
  }

  #receiver(node: Extract<Operand, { kind: 'field' | 'variable' | 'chain' }>, dot: Value): Value {
    if (node.kind === 'field') return dot
    if (node.kind === 'chain') return this.#argument(node.node, 'value', dot)
    const variable = this.#variables.findLast(({ name }) => name === node.names[0])
    if (variable === undefined) throw new ExecError(`undefined variable: ${node.names[0]}`)
    return variable.value
  }

  /** `place` is what an error of the function names. */
  #call(name: string, place: Node, args: readonly Operand[], dot: Value, final: Final): Value {
    if (name === 'and' || name === 'or') return this.#andOr(name, args, dot, final)
    const { parameters, rest, call } = FUNCTIONS.get(name)!
    const count = args.length + (final === undefined ? 0 : 1)
    if (rest === undefined ? count !== parameters.length : count < parameters.length) {
      const least = rest === undefined ? '' : 'at least '
      const got = rest === undefined ? count : args.length
      const want = `want ${least}${parameters.length} got ${got}`
      throw new ExecError(`wrong number of args for ${name}: ${want}`)
    }
    const typeOf = (i: number) => parameters[i] ?? rest ?? 'value'
    const values = args.map((arg, i) => this.#argument(arg, typeOf(i), dot))
    if (final !== undefined) values.push(checked(final.value, typeOf(count - 1)))
    try {
      return call(values)
    } catch (error) {
      if (!(error instanceof ExecError)) throw error
      this.#node = place
      throw new ExecError(`error calling ${name}: ${error.message}`)
    }
  }

  /** The first argument that is false (`and`) or true (`or`), else the last one. The others are not evaluated. */
  #andOr(name: 'and' | 'or', args: readonly Operand[], dot: Value, final: Final): Value {
    if (args.length === 0 && final === undefined) {
      throw new ExecError(`wrong number of args for ${name}: want at least 1 got 0`)
    }
    let value: Value
    for (const arg of args) {
      value = this.#argument(arg, 'value', dot)
      if (isTrue(value) === (name === 'or')) return value
    }
    return final === undefined ? value : final.value
  }

  #argument(node: Operand, type: Parameter, dot: Value): Value {
    this.#node = node
    switch (node.kind) {
      case 'dot':
        return checked(dot, type)
      case 'nil':
        if (type !== 'value') throw new ExecError(`cannot assign nil to ${type}`)
        return undefined
      case 'field':
      case 'variable':
      case 'chain':
        return checked(this.#fields(node, dot, [], undefined), type)
      case 'pipe':
        return checked(this.#pipe(node, dot), type)
      case 'identifier':
        return checked(this.#call(node.name, node, [], dot, undefined), type)
      default:
        return this.#literal(node, type, dot)
    }
  }

  #literal(node: Exclude<Operand, { kind: 'nil' }>, type: Parameter, dot: Value): Value {
    if (type === 'value') return this.#constant(node, dot)
    if (type === 'string' && node.kind === 'string') return node.text
    if (type === 'int' && node.kind === 'number' && node.int !== undefined) {
      return intValue(node.int)
    }
    const expected = type === 'int' ? 'integer' : 'string'
    throw new ExecError(`expected ${expected}; found ${nodeText(node)}`)
  }
}

/** Go's validateType. */
function checked(value: Value, type: Parameter): Value {
  if (type === 'value') return value
  if (value === undefined) throw new ExecError(`invalid value; expected ${type}`)
  const found = typeText(value)
  if (found !== type) throw new ExecError(`wrong type for value; expected ${type}; got ${found}`)
  return value
}

/** A number without a type is a float if it is written like one. */
function numberValue({ text, int, float }: NumberNode): Value {
  const isFloat = /[.eEpP]/.test(text) && !/^0[xX]/.test(text) && !text.startsWith("'")
  if (isFloat && float !== undefined) return floatValue(float)
  return int === undefined ? undefined : intValue(int)
}

function fieldOf(value: Value, name: string, isCalled: boolean): Value {
  if (value === undefined) return undefined
  if (typeof value === 'object' && value.kind === 'map') {
    if (isCalled) throw new ExecError(`${name} is not a method but has arguments`)
    return value.entries.get(name)
  }
  if (typeof value === 'object' && value.kind === 'struct' && Object.hasOwn(value.fields, name)) {
    if (isCalled) {
      throw new ExecError(`${name} has arguments but cannot be invoked as function`)
    }
    return value.fields[name]!()
  }
  throw new ExecError(`can't evaluate field ${name} in type ${typeText(value)}`)
}
