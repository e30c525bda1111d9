// Errors while a template runs.

/** An error without the place in the template, which the evaluator adds. */
export class ExecError extends Error {}
