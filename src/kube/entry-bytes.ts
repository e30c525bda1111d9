// How much memory the entries of a map with text keys take. Caches count it, so that nobody can fill the memory of the process.

/** What a map entry takes besides its key and its text, in bytes: 72 were measured with a million entries. */
export const ENTRY_BYTES = 75
/** V8 stores a text with such a character in two bytes for each. */
const WIDE = /[^\0-\xff]/

/** About how many bytes an entry takes; 0 for an absent one, whose text is undefined. */
export function entryBytes(key: string, text: string | undefined): number {
  return text === undefined ? 0 : ENTRY_BYTES + textBytes(key) + textBytes(text)
}

function textBytes(text: string): number {
  return text.length * (WIDE.test(text) ? 2 : 1)
}
