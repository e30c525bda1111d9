// Resolves an `import` line to the tokens of a snippet or of the files that match a pattern. The number of imports
// is limited as in CoreDNS, so a file that imports itself is an error.
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { errorText } from '../errors.ts'
import { argumentError, parsingError } from './error.ts'
import type { CorefileFiles } from './files.ts'
import { glob } from './glob.ts'
import { lex, type Token } from './lexer.ts'
import type { TokenStream } from './token-stream.ts'

/** Imports of snippets in one Corefile. */
export const MAX_SNIPPET_EXPANSIONS = 10_000
/** Imports of files in one Corefile. */
const MAX_FILE_EXPANSIONS = 100_000

/** The file system, and the folder for relative imports of the main file. */
interface ImportOptions {
  readonly files: CorefileFiles
  readonly cwd: string
}

/** The snippets and imported files of one Corefile; each file is read once. */
export class ImportReader {
  readonly snippets = new Map<string, readonly Token[]>()
  readonly #options: ImportOptions
  readonly #lexed = new Map<string, readonly Token[]>()
  #snippetExpansions = 0
  #fileExpansions = 0

  constructor(options: ImportOptions) {
    this.#options = options
  }

  /** Reads the argument of the `import` under the cursor; returns the tokens that replace it. Throws CorefileError. */
  tokens(
    stream: TokenStream,
    withEnv: (text: string) => string,
    warnings: string[],
  ): readonly Token[] {
    if (!stream.nextArg()) throw argumentError(stream.position, stream.text)
    const pattern = withEnv(stream.text)
    const at = stream.position
    if (pattern === '') throw parsingError(at, 'Import requires a non-empty filepath')
    if (stream.nextArg()) {
      const message = 'Import takes only one argument (glob pattern or file)'
      throw parsingError(stream.position, message)
    }
    const fail = (message: string) => parsingError(at, message)

    const snippet = this.snippets.get(pattern)
    if (snippet !== undefined) {
      if (this.#snippetExpansions++ >= MAX_SNIPPET_EXPANSIONS) {
        throw fail(`maximum snippet import depth (${MAX_SNIPPET_EXPANSIONS}) exceeded`)
      }
      return snippet
    }
    if (this.#fileExpansions++ >= MAX_FILE_EXPANSIONS) {
      // CoreDNS shows the wrong one of its two limits here, and so does this text.
      throw fail(`maximum file import depth (${MAX_SNIPPET_EXPANSIONS}) exceeded`)
    }
    const path = this.#absolute(pattern, at.file)
    if (/\*.*\*|\?.*\?/s.test(path) || (path.includes('[') && path.includes(']'))) {
      throw fail(`Glob pattern may only contain one wildcard (*), but has others: ${path}`)
    }
    if (/\[|\\$/.test(path)) {
      throw fail(`Failed to use import pattern ${pattern}: syntax error in pattern`)
    }
    const matches = glob(path, this.#options.files)
    if (matches.length === 0) {
      if (!/[*?[\]]/.test(path)) throw fail(`File to import not found: ${pattern}`)
      warnings.push(`No files matching import glob pattern: ${pattern}`)
    }
    return matches.flatMap((match) => this.#file(match, fail))
  }

  #absolute(pattern: string, importingFile: string): string {
    if (isAbsolute(pattern)) return pattern
    const folder = dirname(resolve(this.#options.cwd, importingFile))
    const path = join(folder, pattern)
    return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  }

  #file(path: string, fail: (message: string) => Error): readonly Token[] {
    const cached = this.#lexed.get(path)
    if (cached !== undefined) return cached
    const { files } = this.#options
    if (files.isDirectory(path)) throw fail(`Could not import ${path}: is a directory`)
    let text: string
    try {
      text = files.read(path)
    } catch (error) {
      const reason = errorText(error)
      throw fail(`Could not import ${path}: ${reason}`)
    }
    const tokens = lex(text, resolve(path))
    this.#lexed.set(path, tokens)
    return tokens
  }
}
