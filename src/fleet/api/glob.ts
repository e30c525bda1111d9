// Patterns in which `*` stands for any characters, none included.

/** A test for texts that match any of the patterns. Its time grows with the length of the text, not with its square. */
export function globTest(patterns: readonly string[]): (text: string) => boolean {
  const tests = patterns.map(patternTest)
  return (text) => tests.some((matches) => matches(text))
}

/**
 * The first place of each part is enough: a later one leaves less for the next part. A regular expression would try the
 * later ones, too, which takes years for a pattern of many stars.
 */
function patternTest(pattern: string): (text: string) => boolean {
  const [start = '', ...parts] = pattern.split('*')
  const end = parts.pop()
  if (end === undefined) return (text) => text === pattern
  return (text) => {
    if (!text.startsWith(start)) return false
    let position = start.length
    for (const part of parts) {
      const found = text.indexOf(part, position)
      if (found < 0) return false
      position = found + part.length
    }
    return text.length - end.length >= position && text.endsWith(end)
  }
}
