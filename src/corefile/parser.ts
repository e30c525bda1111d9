// Parses tokens into server blocks: keys, directives with their raw tokens, snippets, imports, environment
// variables. Plugins parse the tokens of their directives. The grammar, including its oddities, is that of
// coredns/caddy caddyfile/parse.go.
import { type Env, replaceEnv } from './env.ts'
import { type CorefileError, parsingError, syntaxError } from './error.ts'
import type { CorefileFiles } from './files.ts'
import { ImportReader, MAX_SNIPPET_EXPANSIONS } from './import.ts'
import { lex, newLine, type Token } from './lexer.ts'
import { TokenStream } from './token-stream.ts'

/** The Corefile and its environment. */
interface ParseOptions {
  /** The name of the main file in messages. */
  readonly file: string
  readonly text: string
  readonly env: Env
  readonly files: CorefileFiles
  /** The folder for relative imports of the main file. */
  readonly cwd: string
  /** The known directives; without it any word is a directive. */
  readonly directives?: { has(name: string): boolean; keys(): Iterable<string> }
  /** Gets the error of each unknown directive, and parsing goes on; without it the first one is thrown. */
  readonly onUnknown?: (error: CorefileError) => void
}

/** One server block. */
export interface ServerBlock {
  /** The keys as written, with variables replaced and without commas. */
  readonly keys: readonly Token[]
  /** Directive name -> its tokens, starting with the name; the tokens of a repeated directive are concatenated. */
  readonly directives: ReadonlyMap<string, readonly Token[]>
}

/** The result of `parseCorefile`. */
export interface Parsed {
  readonly blocks: readonly ServerBlock[]
  /** Log messages, without "[WARNING] ". */
  readonly warnings: readonly string[]
}

/** Parses a Corefile and its imports. Throws CorefileError. */
export function parseCorefile(options: ParseOptions): Parsed {
  return new Parser(options).parse()
}

class Parser {
  readonly #options: ParseOptions
  readonly #stream: TokenStream
  readonly #imports: ImportReader
  readonly #warnings: string[] = []
  // True when the file ends after keys without a block.
  #ended = false

  constructor(options: ParseOptions) {
    this.#options = options
    this.#stream = new TokenStream(options.file, lex(options.text))
    this.#imports = new ImportReader(options)
  }

  parse(): Parsed {
    const blocks: ServerBlock[] = []
    while (this.#stream.next()) {
      const keys = this.#keys()
      const directives = new Map<string, Token[]>()
      if (!this.#ended) {
        const snippet = snippetName(keys)
        if (snippet !== undefined) {
          this.#defineSnippet(snippet)
          continue
        }
        this.#body(directives)
      }
      if (keys.length > 0) blocks.push({ keys, directives })
    }
    return { blocks, warnings: this.#warnings }
  }

  #keys(): Token[] {
    const stream = this.#stream
    const keys: Token[] = []
    let comma = false
    for (;;) {
      const text = this.#withEnv(stream.text)
      if (text === 'import' && stream.atNewLine()) {
        this.#import()
        stream.nextOrBeyond()
        continue
      }
      if (text === '{') {
        if (!comma) return keys
        throw this.#error(`Expected another address but had '${text}' - check for extra comma`)
      }
      if (text !== '') {
        comma = text.endsWith(',')
        keys.push({ ...stream.current!, text: comma ? text.slice(0, -1) : text })
      }
      if (!stream.next()) {
        if (comma) throw this.#error('Unexpected EOF')
        this.#ended = true
        return keys
      }
      if (!comma && stream.atNewLine()) return keys
    }
  }

  #body(directives: Map<string, Token[]>): void {
    const stream = this.#stream
    const braces = stream.text === '{'
    // Without braces the rest of the file is this block.
    if (!braces) stream.back()
    while (stream.next()) {
      if (stream.text === '}') break
      if (stream.text === 'import') this.#import()
      else this.#directive(directives)
    }
    if (braces) this.#expect('}')
  }

  #directive(directives: Map<string, Token[]>): void {
    const stream = this.#stream
    const name = this.#withEnv(stream.text)
    const { directives: known } = this.#options
    if (known?.has(name) === false) {
      const message = `Unknown directive '${name}'`
      const error = parsingError(stream.position, message, name).suggest(known.keys())
      if (this.#options.onUnknown === undefined) throw error
      this.#options.onUnknown(error)
    }
    let tokens = directives.get(name)
    if (tokens === undefined) {
      tokens = []
      directives.set(name, tokens)
    }
    tokens.push(stream.current!)
    let nesting = 0
    while (stream.next()) {
      if (stream.text === '{') nesting++
      else if (nesting === 0 && stream.atNewLine()) {
        stream.back()
        break
      } else if (stream.text === '}') {
        if (nesting === 0) throw this.#error("Unexpected '}' because no matching opening brace")
        nesting--
      } else if (stream.text === 'import' && stream.atNewLine()) {
        this.#import()
        continue
      }
      tokens.push(stream.rewrite(this.#withEnv(stream.text)))
    }
    if (nesting > 0) throw this.#error('Unexpected EOF')
  }

  #defineSnippet(name: string): void {
    const stream = this.#stream
    if (this.#imports.snippets.has(name)) {
      throw this.#error(`redeclaration of previously declared snippet ${name}`)
    }
    this.#expect('{')
    const tokens: Token[] = []
    let nesting = 1
    while (stream.next()) {
      if (stream.text === '}' && --nesting === 0) break
      if (stream.text === '{') nesting++
      tokens.push(stream.current!)
    }
    if (nesting !== 0) throw syntaxError(stream.position, stream.text, '}')
    const importsItself = tokens.some((token, i) => {
      const following = tokens[i + 1]
      if (token.text !== 'import' || following === undefined) return false
      const lineStart =
        i === 0 || token.line !== tokens[i - 1]!.line || newLine(tokens[i - 1]!, token)
      return lineStart && this.#withEnv(following.text) === name
    })
    if (importsItself) {
      throw this.#error(`maximum snippet import depth (${MAX_SNIPPET_EXPANSIONS}) exceeded`)
    }
    this.#imports.snippets.set(name, tokens)
  }

  // Replaces the import under the cursor; afterwards the cursor is before the first imported token.
  #import(): void {
    const stream = this.#stream
    const tokens = this.#imports.tokens(stream, (text) => this.#withEnv(text), this.#warnings)
    stream.splice(tokens)
  }

  #withEnv(text: string): string {
    const result = replaceEnv(text, this.#options.env)
    if (result !== undefined) return result
    throw this.#error(`environment variables in '${text}' refer to each other in a loop`)
  }

  #expect(text: string): void {
    const { position, text: got } = this.#stream
    if (got !== text) throw syntaxError(position, got, text)
  }

  #error(message: string): CorefileError {
    return parsingError(this.#stream.position, message)
  }
}

function snippetName(keys: readonly Token[]): string | undefined {
  const [key] = keys
  if (keys.length !== 1 || key === undefined) return undefined
  return key.text.startsWith('(') && key.text.endsWith(')') ? key.text.slice(1, -1) : undefined
}
