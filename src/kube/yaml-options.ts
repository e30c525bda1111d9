// Options of every call of the library `yaml`.

/**
 * `logLevel`: the library's own warnings would go to standard error, past the log. `prettyErrors`: its multi-line errors
 * quote the text, which may hold tokens.
 */
export const yamlOptions = { logLevel: 'error', prettyErrors: false } as const
