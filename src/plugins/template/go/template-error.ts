// Errors in the text of a template.

/** An error in Go's words. */
export class TemplateError extends Error {
  /** True for a construct that Go has, and this engine has not. */
  readonly isUnsupported: boolean

  constructor(message: string, isUnsupported = false) {
    super(message)
    this.isUnsupported = isUnsupported
  }
}
