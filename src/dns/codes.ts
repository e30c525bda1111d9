// Numbers and names of the DNS protocol (IANA DNS Parameters) that this server uses.

export const TYPE_A = 1
export const TYPE_NS = 2
export const TYPE_CNAME = 5
export const TYPE_SOA = 6
export const TYPE_PTR = 12
export const TYPE_HINFO = 13
export const TYPE_MX = 15
export const TYPE_TXT = 16
export const TYPE_AAAA = 28
export const TYPE_SRV = 33
export const TYPE_NAPTR = 35
export const TYPE_DNAME = 39
export const TYPE_OPT = 41
export const TYPE_DS = 43
export const TYPE_SSHFP = 44
export const TYPE_RRSIG = 46
export const TYPE_DNSKEY = 48
export const TYPE_TLSA = 52
export const TYPE_SVCB = 64
export const TYPE_HTTPS = 65
export const TYPE_SPF = 99
export const TYPE_IXFR = 251
export const TYPE_AXFR = 252
export const TYPE_ANY = 255
export const TYPE_URI = 256
export const TYPE_CAA = 257

export const CLASS_IN = 1

export const OPCODE_QUERY = 0
export const OPCODE_NOTIFY = 4

export const NOERROR = 0
export const FORMERR = 1
export const SERVFAIL = 2
export const NXDOMAIN = 3
export const NOTIMP = 4
export const REFUSED = 5

/** An info code of the Extended DNS Error (RFC 8914 section 4.15): the server does not know its data yet. */
export const ERROR_NOT_READY = 14
/** RFC 8914 section 4.16: the operator of the server blocks the name, or the client. */
export const ERROR_BLOCKED = 15
/** RFC 8914 section 4.18: the name is filtered at the wish of the client. */
export const ERROR_FILTERED = 17

// Header flags in bytes 2 and 3 (RFC 1035 section 4.1.1, RFC 4035 section 3.2).
export const FLAG_QR = 0x8000
export const FLAG_AA = 0x0400
export const FLAG_TC = 0x0200
export const FLAG_RD = 0x0100
export const FLAG_RA = 0x0080
export const FLAG_Z = 0x0040
export const FLAG_AD = 0x0020
export const FLAG_CD = 0x0010
/** The DO bit in the flags of OPT (RFC 3225). */
export const FLAG_DO = 0x8000

/** Bytes of the message header. */
export const HEADER_SIZE = 12
/** Bytes of OPT without options: root owner, type, class, TTL, RDLENGTH (RFC 6891 section 6.1.2). */
export const OPT_SIZE = 11
/** The largest UDP reply for a client without EDNS, in bytes (RFC 1035 section 4.2.1). */
export const UDP_MIN_SIZE = 512
/** The largest payload of a UDP datagram over IPv4, in bytes. */
export const UDP_MAX_SIZE = 65507
/** The largest message in bytes. */
export const MESSAGE_MAX_SIZE = 65535
/** The longest wire name in bytes, with its root byte (RFC 1035 section 2.3.4). */
export const NAME_MAX_SIZE = 255
/**
 * The most compression pointers of one name: it has at most 127 labels (miekg/dns maxCompressionPointers). Without a
 * limit, the names of one message may share a chain of thousands of pointers.
 */
export const NAME_MAX_POINTERS = 126

const classNames = new Map<number, string>([
  [1, 'IN'],
  [2, 'CS'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
])

const rcodeNames = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
]

/** "IN", or "CLASS1234" (RFC 3597 section 5). */
export function className(value: number): string {
  return classNames.get(value) ?? `CLASS${value}`
}

const classesByName: ReadonlyMap<string, number> = new Map(
  [...classNames].map(([value, name]) => [name, value]),
)

/** The class of a name in upper case, as miekg/dns StringToClass; undefined for another name. */
export function classOf(name: string): number | undefined {
  return classesByName.get(name)
}

/** "NXDOMAIN", "BADVERS" or "RCODE11", as CoreDNS' rcode.ToString returns it. */
export function rcodeName(rcode: number): string {
  if (rcode === 16) return 'BADVERS'
  return rcodeNames[rcode] ?? `RCODE${rcode}`
}

const rcodesByName: ReadonlyMap<string, number> = new Map([
  ...rcodeNames.map((name, rcode) => [name, rcode] as const),
  ['NOTIMPL', NOTIMP],
  ['DSOTYPENI', 11],
  ['BADSIG', 16],
  ['BADKEY', 17],
  ['BADTIME', 18],
  ['BADMODE', 19],
  ['BADNAME', 20],
  ['BADALG', 21],
  ['BADTRUNC', 22],
  ['BADCOOKIE', 23],
])

/** The rcode of a name in upper case, as miekg/dns StringToRcode; undefined for another name. */
export function rcodeOf(name: string): number | undefined {
  return rcodesByName.get(name)
}
