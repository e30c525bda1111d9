// An error in the arguments of a rule, in the words of CoreDNS.

/** An error with the argument that causes it. */
export class RuleError extends Error {
  /** Its index among the arguments; undefined for the last one. */
  readonly argument: number | undefined
  /** True for something that CoreDNS has, and this server has not. */
  readonly isUnsupported: boolean

  constructor(message: string, argument?: number, isUnsupported = false) {
    super(message)
    this.argument = argument
    this.isUnsupported = isUnsupported
  }
}
