// Splits Corefile text into tokens: words between white space, or quoted words; comments are removed. Braces are
// ordinary words for the lexer. The rules, including the odd ones, are those of coredns/caddy caddyfile/lexer.go.

/** A word of a Corefile with its position. */
export interface Token {
  /** '' in the main file, else the absolute path of an imported file. */
  readonly file: string
  /** Line of the first character, from 1. */
  readonly line: number
  /** Column of the first character (of the quote, if there is one) in characters, from 1. */
  readonly column: number
  readonly text: string
}

// Go's unicode.IsSpace. JavaScript's \s includes U+FEFF and lacks U+0085.
const SPACE = new Set('\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000')
for (let code = 0x2000; code <= 0x200a; code++) SPACE.add(String.fromCharCode(code))

/** The tokens of a text. There are no lexical errors. */
export function lex(text: string, file = ''): Token[] {
  const tokens: Token[] = []
  let line = 1
  let column = 0
  let start = { line, column }
  let word = ''
  let state: 'between' | 'word' | 'quoted' | 'comment' | 'comment in word' = 'between'
  let escaped = false

  const emit = () => {
    tokens.push({ file, ...start, text: word })
    word = ''
    state = 'between'
  }

  for (const char of text.startsWith('\ufeff') ? text.slice(1) : text) {
    column++
    const at = { line, column }
    if (char === '\n') {
      line++
      column = 0
    }
    if (state === 'quoted') {
      if (escaped) {
        // A quote is the only character that a backslash escapes.
        word += char === '"' ? char : `\\${char}`
        escaped = false
      } else if (char === '\\') escaped = true
      else if (char === '"') emit()
      else word += char
    } else if (SPACE.has(char)) {
      if (char === '\r') continue
      if (state === 'word' || state === 'comment in word') emit()
      else if (char === '\n') state = 'between'
    } else if (state === 'comment' || state === 'comment in word') {
      // Skipped. A comment inside a word ends at the end of the word: "a#b c" is "a" and "c".
    } else if (char === '#') {
      state = state === 'word' ? 'comment in word' : 'comment'
    } else if (state === 'word') {
      word += char
    } else {
      start = at
      state = char === '"' ? 'quoted' : 'word'
      if (state === 'word') word = char
    }
  }
  if (word !== '') emit()
  return tokens
}

/** The number of line feeds in a token; only a quoted token has any. */
function lineBreaks(text: string): number {
  return text.split('\n').length - 1
}

/** True when `after` is on the line on which `before` ends: it is an argument, not a new directive. */
export function sameLine(before: Token, after: Token): boolean {
  return before.file === after.file && before.line + lineBreaks(before.text) === after.line
}

/** True when `after` starts a line. Not the opposite of `sameLine`: lines of a snippet can be smaller. */
export function newLine(before: Token, after: Token): boolean {
  return before.file !== after.file || before.line + lineBreaks(before.text) < after.line
}
