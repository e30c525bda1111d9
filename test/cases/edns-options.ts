// EDNS options in a request and what the real CoreDNS 1.14.7 (miekg/dns 1.1.72) does with them. The rows are
// independent of the server: test/dns runs them through the parser, test/e2e through both servers.

export interface OptionCase {
  readonly name: string
  readonly code: number
  /** The data of the option in hex. */
  readonly data: string
  /** The rcode of CoreDNS. */
  readonly rcode: 'NOERROR' | 'FORMERR'
  /** The id of the rule in docs/compatibility.md if this server answers differently, always with NOERROR. */
  readonly differs?: string
}

type Row = readonly [name: string, code: number, data: string]

const bytes = (count: number) => '01'.repeat(count)

const answered: readonly Row[] = [
  ['LLQ of 18 bytes', 1, bytes(18)],
  ['LLQ of 19 bytes', 1, bytes(19)],
  ['UL of 4 bytes', 2, bytes(4)],
  ['UL of 8 bytes', 2, bytes(8)],
  ['NSID, empty', 3, ''],
  ['NSID with data', 3, '01'],
  ['ESU, empty', 4, ''],
  ['DAU, empty', 5, ''],
  ['DHU, empty', 6, ''],
  ['N3U, empty', 7, ''],
  ['client subnet 0.0.0.0/0', 8, '00010000'],
  ['client subnet 10.0.0.0/24', 8, '000118000a0000'],
  ['client subnet 10.0.0.1/32, scope 32', 8, '000120200a000001'],
  ['client subnet with too few bytes of address', 8, '000120000a'],
  ['client subnet with too many bytes of address', 8, '000108000a00000102'],
  ['client subnet ::/0', 8, '00020000'],
  ['client subnet 2001:db8::/32, scope 128', 8, '0002208020010db8'],
  ['client subnet 2001:db8::/128', 8, `0002800020010db8${'00'.repeat(12)}`],
  ['client subnet of family 0 with prefix 0, as dig sends it', 8, '00000000'],
  ['client subnet of family 0 with a scope', 8, '00000001'],
  ['EXPIRE, empty', 9, ''],
  ['EXPIRE of 4 bytes', 9, bytes(4)],
  ['COOKIE, empty', 10, ''],
  ['COOKIE of 7 bytes', 10, bytes(7)],
  ['COOKIE of 8 bytes', 10, bytes(8)],
  ['COOKIE of 9 bytes', 10, bytes(9)],
  ['COOKIE of 41 bytes', 10, bytes(41)],
  ['TCP keepalive, empty', 11, ''],
  ['TCP keepalive of 2 bytes', 11, '0102'],
  ['PADDING, empty', 12, ''],
  ['PADDING of 300 bytes', 12, '00'.repeat(300)],
  ['EDE of 2 bytes', 15, '0000'],
  ['EDE with text', 15, '000f61ff'],
  ['REPORTING with a name', 18, '016100'],
  ['ZONEVERSION of 2 bytes', 19, '0000'],
  ['an option without a meaning', 65001, '01'],
]

const refused: readonly Row[] = [
  ['LLQ, empty', 1, ''],
  ['LLQ of 17 bytes', 1, bytes(17)],
  ['UL, empty', 2, ''],
  ['UL of 3 bytes', 2, bytes(3)],
  ['UL of 5 bytes', 2, bytes(5)],
  ['UL of 7 bytes', 2, bytes(7)],
  ['UL of 9 bytes', 2, bytes(9)],
  ['client subnet, empty', 8, ''],
  ['client subnet of 3 bytes', 8, '000100'],
  ['client subnet of family 0 with a prefix', 8, '000001000a'],
  ['client subnet of family 3', 8, '00030000'],
  ['client subnet of family 256', 8, '01000000'],
  ['client subnet of family 65535', 8, 'ffff0000'],
  ['client subnet, IPv4 prefix 33', 8, '000121000a000001'],
  ['client subnet, IPv4 scope 33', 8, '000120210a000001'],
  ['client subnet, IPv6 prefix 129', 8, `00028100${'00'.repeat(16)}`],
  ['client subnet, IPv6 scope 129', 8, `00028081${'00'.repeat(16)}`],
  ['EXPIRE of 1 byte', 9, bytes(1)],
  ['EXPIRE of 3 bytes', 9, bytes(3)],
  ['TCP keepalive of 1 byte', 11, bytes(1)],
  ['TCP keepalive of 3 bytes', 11, bytes(3)],
  ['EDE, empty', 15, ''],
  ['EDE of 1 byte', 15, bytes(1)],
]

const echoedInPart: readonly Row[] = [
  ['EXPIRE of 5 bytes', 9, bytes(5)],
  ['TCP keepalive of 2 bytes, 0', 11, '0000'],
]

const refusedByCoreDns: readonly Row[] = [
  ['REPORTING, empty', 18, ''],
  ['REPORTING with a truncated name', 18, '0361'],
  ['ZONEVERSION, empty, as a client sends it (RFC 9660 section 2)', 19, ''],
  ['ZONEVERSION of 1 byte', 19, '00'],
]

export const optionCases: readonly OptionCase[] = [
  ...answered.map((row) => optionCase(row, 'NOERROR')),
  ...refused.map((row) => optionCase(row, 'FORMERR')),
  ...echoedInPart.map((row) => ({ ...optionCase(row, 'NOERROR'), differs: 'echoed-options' })),
  ...refusedByCoreDns.map((row) => ({ ...optionCase(row, 'FORMERR'), differs: 'new-options' })),
]

function optionCase([name, code, data]: Row, rcode: OptionCase['rcode']): OptionCase {
  return { name, code, data, rcode }
}
