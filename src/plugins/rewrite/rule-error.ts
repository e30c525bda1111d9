// An error in the arguments of a rule, in the words of CoreDNS.

/** An error with the argument that causes it. */
export class RuleError extends Error {
  /** Its index among the arguments; undefined for the last one. */
  readonly argument: number | undefined

  constructor(message: string, argument?: number) {
    super(message)
    this.argument = argument
  }
}
