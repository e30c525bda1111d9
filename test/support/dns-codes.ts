// Names and numbers of DNS types, classes, rcodes and header bits, for the test client.

export const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  DNSKEY: 48,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
}
export const CLASSES: Readonly<Record<string, number>> = {
  IN: 1,
  CS: 2,
  CH: 3,
  HS: 4,
  NONE: 254,
  ANY: 255,
}
export const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  16: 'BADVERS',
}

/** Header flag names and their bits, in header order. */
export const FLAG_BITS = { qr: 15, aa: 10, tc: 9, rd: 8, ra: 7, z: 6, ad: 5, cd: 4 } as const

/** Number of a type name such as `A`, `TYPE65280` or `HTTPS`. */
export function typeNumber(type: string | number): number {
  return symbol(type, TYPES, 'TYPE')
}

/** Number of a class name such as `IN` or `CLASS7`. */
export function classNumber(value: string | number): number {
  return symbol(value, CLASSES, 'CLASS')
}

function symbol(value: string | number, table: Readonly<Record<string, number>>, prefix: string) {
  if (typeof value === 'number') return value
  const code = table[value] ?? (value.startsWith(prefix) ? Number(value.slice(prefix.length)) : NaN)
  if (!Number.isInteger(code)) throw new Error(`unknown ${prefix} ${value}`)
  return code
}

/** The name of a number in a table, or `PREFIXn`. */
export function symbolName(value: number, table: Readonly<Record<string, number>>, prefix: string) {
  for (const [name, number] of Object.entries(table)) if (number === value) return name
  return `${prefix}${value}`
}
