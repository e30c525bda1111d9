// Text from elsewhere as the log, the terminal, conditions and Events show it: a message of an API server, the output of
// a program, a value of an object. Its author must not move the cursor, set colours, reverse the reading direction, hide
// characters or begin a line of their own.

/** Most texts: nothing to escape. */
const PLAIN = /^[\t -~]*$/

/**
 * Unicode's classes Cc (C0, DEL, C1), Cf (bidi controls, zero-width characters, tags), Cs (lone surrogates), Zl and Zp
 * (line and paragraph separator).
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * The text as one line. A line break becomes a space, a tab stays, any other control or format character becomes \uXXXX,
 * which JSON reads, too. The result of a result is the same text.
 */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .replaceAll(/\r\n|[\r\n]/g, ' ')
    .replaceAll(UNSAFE, (character) => (character === '\t' ? character : escaped(character)))
}

/** As `printable`, but keeps the line breaks (\n): for texts that are meant to have several lines. */
export function printableLines(text: string): string {
  return PLAIN.test(text) ? text : text.split('\n').map(printable).join('\n')
}

/** \uXXXX for each UTF-16 unit. */
function escaped(character: string): string {
  let escapes = ''
  for (let i = 0; i < character.length; i++) {
    escapes += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }
  return escapes
}
