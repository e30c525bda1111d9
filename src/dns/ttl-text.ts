// TTLs as text (miekg/dns scan.go stringToTTL).

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const MAX = 0xffff_ffff

/** The seconds of "3600", "1h" or "1w2d"; undefined for anything else, and above 32 bits. */
export function ttlFromText(text: string): number | undefined {
  let sum = 0
  let number = 0
  for (const char of text.toLowerCase()) {
    const unit = SECONDS[char]
    if (unit !== undefined) {
      sum += number * unit
      number = 0
    } else if (char >= '0' && char <= '9') number = number * 10 + Number(char)
    else return undefined
  }
  return sum + number <= MAX ? sum + number : undefined
}
