// Looks at a template at start: what this server cannot do is an error, and what always fails is a warning.
import { VERB, VERBS } from './go/format.ts'
import { nodeText, type Operand, type PipeNode, type Template } from './go/nodes.ts'
import { TemplateError } from './go/template-error.ts'
import { rootFields, visitOperands, visitPipes } from './go/walk.ts'
import { MESSAGE_FIELDS } from './message-value.ts'
import { FIELDS } from './record-template.ts'

/** The warnings for a template. Throws TemplateError for what is not supported. */
export function checkTemplate({ root }: Template): readonly string[] {
  const warnings = new Set<string>()
  for (const statement of root) if (statement.kind === 'action') checkPrinted(statement.pipe)
  visitPipes(root, (pipe, isRoot) => {
    checkFormats(pipe)
    visitOperands(pipe, (operand) => {
      const warning = checkField(operand, rootFields(operand, isRoot) ?? [])
      if (warning !== undefined) warnings.add(warning)
    })
  })
  return [...warnings]
}

function checkField(operand: Operand, [first, second]: readonly string[]): string | undefined {
  if (first === undefined || FIELDS.has(first)) {
    if (first === 'Message' && second !== undefined && !MESSAGE_FIELDS.has(second)) {
      throw new TemplateError(`the field .Message.${second} of a template`, true)
    }
    return undefined
  }
  if (first === 'Meta') throw new TemplateError('the method .Meta of a template', true)
  return `the field ${nodeText(operand)} does not exist: answers with it are SERVFAIL`
}

/** Values that Go prints with methods of their own. */
function checkPrinted({ commands, variables }: PipeNode): void {
  const [command, ...more] = commands
  const isAlone = more.length === 0 && command?.args.length === 1 && variables.length === 0
  if (!isAlone) return
  const operand = command.args[0]!
  const path = rootFields(operand, true)?.join('.')
  if (path === undefined || !['', 'Message', 'Question', 'Message.Question'].includes(path)) return
  throw new TemplateError(`the text of ${nodeText(operand)} in a template`, true)
}

function checkFormats(pipe: PipeNode): void {
  for (const { args } of pipe.commands) {
    const [name, format] = args
    if (name?.kind === 'identifier' && name.name === 'printf' && format?.kind === 'string') {
      checkFormat(format.text)
    }
    for (const operand of args) if (operand.kind === 'pipe') checkFormats(operand)
  }
}

function checkFormat(format: string): void {
  for (const [text, flags = '', , , , , verb = ''] of format.matchAll(VERB)) {
    const isGoSyntax = flags.includes('#')
      ? 'vq'.includes(verb)
      : verb === 'q' && flags.includes('+')
    const isKnown = verb === '' || verb === '%' || VERBS.includes(verb)
    if (!isKnown || (verb !== '' && isGoSyntax))
      throw new TemplateError(`the verb ${text} of printf`, true)
  }
}
