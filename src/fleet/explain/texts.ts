// Texts that several links share.

/** At most this many items are listed. */
const SHOWN = 5

/** "3 s", "2 min", "5 h", "3 d" */
export function seconds(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`
}

/** "a, b, c, d, e and 3 more" */
export function listed(items: readonly string[]): string {
  const more = items.length > SHOWN ? ` and ${items.length - SHOWN} more` : ''
  return `${items.slice(0, SHOWN).join(', ')}${more}`
}

/** The text with a full stop, unless it ends in another mark. */
export function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`
}
