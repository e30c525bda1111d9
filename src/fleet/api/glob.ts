// Patterns in which `*` stands for any characters, none included.

/** A test for texts that match any of the patterns. */
export function globTest(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => false
  const texts = patterns.map((pattern) =>
    pattern
      .split(/\*+/)
      .map((part) => RegExp.escape(part))
      .join('.*'),
  )
  const regex = new RegExp(`^(?:${texts.join('|')})$`)
  return (text) => regex.test(text)
}
