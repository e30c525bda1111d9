// A digit of an address in a name.

const DIGIT_0 = 0x30
const LETTER_A = 0x61

/** The value of a hexadecimal digit in lower case; -1 for another byte. */
export function hexDigit(byte: number): number {
  if (byte >= DIGIT_0 && byte <= DIGIT_0 + 9) return byte - DIGIT_0
  return byte >= LETTER_A && byte <= LETTER_A + 5 ? byte - LETTER_A + 10 : -1
}
