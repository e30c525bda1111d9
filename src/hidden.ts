// Secrets in texts that people read. Whoever builds a text and knows a secret hides it there; the log cannot know it.

/** What stands for a secret. */
export const HIDDEN = '[hidden]'

/** In characters: a shorter text is found in ordinary words, and protects nothing. */
const MIN_LENGTH = 4

/** The text with each occurrence of a secret hidden; secrets of fewer than 4 characters are left. */
export function hideSecrets(text: string, secrets: Iterable<string>): string {
  // The longest first: one may be part of another.
  const known = [...new Set(secrets)]
    .filter(({ length }) => length >= MIN_LENGTH)
    .sort((a, b) => b.length - a.length)
  return known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
}

/** The secrets in "user:password": the pair, which is also sent as one text, and the password. */
export function pairSecrets(pair: string): readonly string[] {
  return [pair, pair.slice(pair.indexOf(':') + 1)]
}

/**
 * The text with user name and password of each URL hidden. A password may contain `/` and `@` by mistake, so all up to
 * the last `@` of the word is hidden.
 */
export function hideUserinfo(text: string): string {
  // Each match takes the rest of its word, so the time is linear.
  return text.replaceAll(/:\/\/[^\s"'`<>]+/g, (rest) => {
    const end = rest.lastIndexOf('@')
    return end < 0 ? rest : `://${HIDDEN}${rest.slice(end)}`
  })
}
