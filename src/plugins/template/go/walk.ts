// Visits what templates are made of.
import type { Operand, PipeNode, Statement } from './nodes.ts'

/** `isRoot`: the dot is that of the template, not an item of `range` or the value of `with`. */
export type Visit<T> = (node: T, isRoot: boolean) => void

/** Visits all pipes of statements, the outer ones first. */
export function visitPipes(list: readonly Statement[], visit: Visit<PipeNode>): void {
  visitList(list, true, visit)
}

function visitList(list: readonly Statement[], isRoot: boolean, visit: Visit<PipeNode>): void {
  for (const statement of list) {
    if (!('pipe' in statement)) continue
    visit(statement.pipe, isRoot)
    if (statement.kind === 'action') continue
    visitList(statement.list, isRoot && statement.kind === 'if', visit)
    visitList(statement.otherwise ?? [], isRoot, visit)
  }
}

/** Visits all operands of a pipe, and those inside of them. */
export function visitOperands(pipe: PipeNode, visit: (operand: Operand) => void): void {
  for (const { args } of pipe.commands) for (const operand of args) visitOperand(operand, visit)
}

function visitOperand(operand: Operand, visit: (operand: Operand) => void): void {
  visit(operand)
  if (operand.kind === 'pipe') visitOperands(operand, visit)
  if (operand.kind === 'chain') visitOperand(operand.node, visit)
}

/** The names of a chain of fields that begins at the dot of the template; [] for the dot itself. */
export function rootFields(operand: Operand, isRoot: boolean): readonly string[] | undefined {
  if (operand.kind === 'field' && isRoot) return operand.names
  if (operand.kind === 'dot' && isRoot) return []
  const isDollar = operand.kind === 'variable' && operand.names[0] === '$'
  return isDollar ? operand.names.slice(1) : undefined
}
