// The syntax tree of a Go template, and its text as Go prints it (text/template/parse node.go): in errors and metrics.

interface At {
  /** The offset in the template. */
  readonly at: number
}

export interface FieldNode extends At {
  readonly kind: 'field'
  /** Without dots. */
  readonly names: readonly string[]
}

export interface VariableNode extends At {
  readonly kind: 'variable'
  /** The first one with its dollar sign. */
  readonly names: readonly string[]
}

export interface ChainNode extends At {
  readonly kind: 'chain'
  readonly node: PipeNode | IdentifierNode
  readonly names: readonly string[]
}

export interface IdentifierNode extends At {
  readonly kind: 'identifier'
  readonly name: string
}

export interface NumberNode extends At {
  readonly kind: 'number'
  readonly text: string
  /** What the literal can be. */
  readonly int?: bigint
  readonly float?: number
}

export interface StringNode extends At {
  readonly kind: 'string'
  /** As it is written. */
  readonly quoted: string
  readonly text: string
}

export interface PipeNode extends At {
  readonly kind: 'pipe'
  /** Variables that get the value, with their dollar signs. */
  readonly variables: readonly string[]
  /** True for "=", false for ":=". */
  readonly isAssignment: boolean
  readonly commands: readonly CommandNode[]
}

/** What a command begins with, or gets as an argument. */
export type Operand =
  | FieldNode
  | VariableNode
  | ChainNode
  | IdentifierNode
  | NumberNode
  | StringNode
  | PipeNode
  | (At & { readonly kind: 'bool'; readonly value: boolean })
  | (At & { readonly kind: 'dot' })
  | (At & { readonly kind: 'nil' })

export interface CommandNode extends At {
  readonly kind: 'command'
  readonly args: readonly Operand[]
}

export interface ControlNode extends At {
  readonly kind: 'if' | 'with' | 'range'
  readonly pipe: PipeNode
  readonly list: readonly Statement[]
  readonly otherwise: readonly Statement[] | undefined
}

export type Statement =
  | (At & { readonly kind: 'text'; readonly text: string })
  | (At & { readonly kind: 'action'; readonly pipe: PipeNode })
  | (At & { readonly kind: 'break' | 'continue' })
  | ControlNode

export type Node = Statement | Operand | CommandNode

/** A template after parsing; plain data. */
export interface Template {
  /** The name in errors. */
  readonly name: string
  readonly text: string
  readonly root: readonly Statement[]
}

/** A list of statements as text: "{{.Name}} 60 IN A". */
export function listText(list: readonly Statement[]): string {
  return list.map(nodeText).join('')
}

/** A node as text. */
export function nodeText(node: Node): string {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'if':
    case 'with':
    case 'range': {
      const { kind, pipe, list, otherwise } = node
      const other = otherwise === undefined ? '' : `{{else}}${listText(otherwise)}`
      return `{{${kind} ${nodeText(pipe)}}}${listText(list)}${other}{{end}}`
    }
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`
    case 'pipe': {
      const commands = node.commands.map(nodeText).join(' | ')
      if (node.variables.length === 0) return commands
      return `${node.variables.join(', ')} ${node.isAssignment ? '=' : ':='} ${commands}`
    }
    case 'command':
      return node.args.map(argumentText).join(' ')
    case 'field':
      return node.names.map((name) => `.${name}`).join('')
    case 'variable':
      return node.names.join('.')
    case 'chain':
      return `${argumentText(node.node)}${node.names.map((name) => `.${name}`).join('')}`
    case 'identifier':
      return node.name
    case 'number':
      return node.text
    case 'string':
      return node.quoted
    case 'bool':
      return String(node.value)
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
  }
}

function argumentText(node: Operand): string {
  return node.kind === 'pipe' ? `(${nodeText(node)})` : nodeText(node)
}
