// Validates domain names in a Corefile as CoreDNS does: miekg/dns IsDomainName and Fqdn, on text with escapes.
// Lengths are in bytes, as on the wire.

/** miekg/dns IsDomainName: true when the text is a valid domain name. */
export function isDomainName(name: string): boolean {
  if (name === '') return false
  const bytes = Buffer.from(fullName(name))
  const dot = 0x2e
  const backslash = 0x5c
  let size = 0
  let begin = 0
  let afterDot = false
  let escaped = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    escaped = byte === backslash && !escaped
    if (byte === backslash) {
      if (size + 1 > 256) return false
      const skipped = isDecimal(bytes, i + 1) ? 3 : 1
      i += skipped
      begin += skipped
      afterDot = false
    } else if (byte === dot) {
      if (i === 0 && bytes.length > 1) return false
      if (afterDot) return false
      afterDot = true
      const length = i - begin
      if (length >= 64) return false
      size += 1 + length
      if (size > 256) return false
      begin = i + 1
    } else afterDot = false
  }
  // False when the final dot is escaped.
  return !escaped
}

/** miekg/dns Fqdn: adds a final dot unless the name ends with an unescaped one. */
export function fullName(name: string): string {
  if (!name.endsWith('.')) return `${name}.`
  let escapes = 0
  while (name.at(-2 - escapes) === '\\') escapes++
  return escapes % 2 === 0 ? name : `${name}.`
}

/** The name in CoreDNS' canonical form for zones: lower case with a final dot. */
export function normalizedName(name: string): string {
  return fullName(name).toLowerCase()
}

function isDecimal(bytes: Buffer, at: number): boolean {
  const digit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39
  return digit(bytes[at]) && digit(bytes[at + 1]) && digit(bytes[at + 2])
}
