// The presentation format of the data of each type (miekg/dns scan_rr.go): fields of one word, then what takes the rest.
import { ipv4Bytes, ipv6Bytes } from './address.ts'
import {
  algorithm,
  base64,
  certificateType,
  eui,
  hashedName,
  hex,
  name,
  nodeId,
  type Rest,
  salt,
  seconds,
  tag,
  time,
  twoStrings,
  type,
  typeBitmap,
  u8,
  u16,
  u32,
  type Word,
} from './rdata-words.ts'
import { svcParams } from './svcb-text.ts'
import { octets, textStrings } from './txt-text.ts'

export interface Format {
  /** What errors call the type; undefined = its name. */
  readonly title?: string
  /** The words, each with what errors call it. */
  readonly words: readonly (readonly [read: Word, label: string])[]
  /** What follows them; undefined = nothing may follow. */
  readonly rest?: readonly [read: Rest, label: string]
}

type Field = readonly [read: Word, label: string]

const words = (...fields: readonly Field[]): Format => ({ words: fields })
const ending = (rest: Rest, label: string, ...fields: readonly Field[]): Format => ({
  words: fields,
  rest: [rest, label],
})

const key = ending(base64, 'PublicKey', [u16, 'Flags'], [u8, 'Protocol'], [u8, 'Algorithm'])
/** The algorithm may have its name. */
const digest = ending(
  hex,
  'Digest',
  [u16, 'KeyTag'],
  [upper(algorithm), 'Algorithm'],
  [u8, 'DigestType'],
)
const certificate = ending(
  hex,
  'Certificate',
  [u8, 'Usage'],
  [u8, 'Selector'],
  [u8, 'MatchingType'],
)
const signature = ending(
  base64,
  'Signature',
  [type, 'Typecovered'],
  [algorithm, 'Algorithm'],
  [u8, 'Labels'],
  [u32, 'OrigTtl'],
  [time, 'Expiration'],
  [time, 'Inception'],
  [u16, 'KeyTag'],
  [name, 'SignerName'],
)
const nextName = ending(typeBitmap, 'TypeBitMap', [name, 'NextDomain'])
const service: Format = {
  title: 'SVCB',
  ...ending(svcParams, 'SVCB', [u16, 'priority'], [name, 'Target']),
}

/** The formats by the name of the type. NAPTR is not among them: its strings must have quotes. */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['A', words([ipv4Bytes, 'A'])],
  ['NS', words([name, 'Ns'])],
  ['MD', words([name, 'Md'])],
  ['MF', words([name, 'Mf'])],
  ['CNAME', words([name, 'Target'])],
  [
    'SOA',
    words(
      [name, 'Ns'],
      [name, 'Mbox'],
      [u32, 'zone parameter'],
      [seconds, 'zone parameter'],
      [seconds, 'zone parameter'],
      [seconds, 'zone parameter'],
      [seconds, 'zone parameter'],
    ),
  ],
  ['MB', words([name, 'Mb'])],
  ['MG', words([name, 'Mg'])],
  ['MR', words([name, 'Mr'])],
  ['PTR', words([name, 'Ptr'])],
  ['HINFO', ending(twoStrings, 'Fields')],
  ['MINFO', words([name, 'Rmail'], [name, 'Email'])],
  ['MX', words([u16, 'Pref'], [name, 'Mx'])],
  ['TXT', ending(textStrings, 'Txt')],
  ['RP', words([name, 'Mbox'], [name, 'Txt'])],
  ['AFSDB', words([u16, 'Subtype'], [name, 'Hostname'])],
  ['X25', words([tag, 'PSDNAddress'])],
  ['ISDN', ending(twoStrings, 'Fields')],
  ['RT', words([u16, 'Preference'], [name, 'Host'])],
  ['NSAP-PTR', words([name, 'Ptr'])],
  ['SIG', { ...signature, title: 'RRSIG' }],
  ['KEY', key],
  ['PX', words([u16, 'Preference'], [name, 'Map822'], [name, 'Mapx400'])],
  ['AAAA', words([ipv6Bytes, 'AAAA'])],
  ['NXT', { ...nextName, title: 'NSEC' }],
  ['EID', ending(hex, 'Endpoint')],
  ['NIMLOC', ending(hex, 'Locator')],
  ['SRV', words([u16, 'Priority'], [u16, 'Weight'], [u16, 'Port'], [name, 'Target'])],
  ['KX', words([u16, 'Pref'], [name, 'Exchanger'])],
  [
    'CERT',
    ending(
      base64,
      'Certificate',
      [certificateType, 'Type'],
      [u16, 'KeyTag'],
      [algorithm, 'Algorithm'],
    ),
  ],
  ['DNAME', words([name, 'Target'])],
  ['DS', digest],
  ['SSHFP', ending(hex, 'Fingerprint', [u8, 'Algorithm'], [u8, 'Type'])],
  ['RRSIG', signature],
  ['NSEC', nextName],
  ['DNSKEY', key],
  ['DHCID', ending(base64, 'Digest')],
  [
    'NSEC3',
    ending(
      typeBitmap,
      'TypeBitMap',
      [u8, 'Hash'],
      [u8, 'Flags'],
      [u16, 'Iterations'],
      [salt, 'Salt'],
      [hashedName, 'NextDomain'],
    ),
  ],
  ['NSEC3PARAM', words([u8, 'Hash'], [u8, 'Flags'], [u16, 'Iterations'], [salt, 'Salt'])],
  ['TLSA', certificate],
  ['SMIMEA', certificate],
  ['NINFO', ending(textStrings, 'ZSData')],
  ['RKEY', key],
  ['TALINK', words([name, 'PreviousName'], [name, 'NextName'])],
  ['CDS', digest],
  ['CDNSKEY', key],
  ['OPENPGPKEY', ending(base64, 'PublicKey')],
  ['CSYNC', ending(typeBitmap, 'TypeBitMap', [u32, 'serial'], [u16, 'flags'])],
  ['ZONEMD', ending(hex, 'Digest', [u32, 'Serial'], [u8, 'Scheme'], [u8, 'Hash Algorithm'])],
  ['SVCB', service],
  ['HTTPS', service],
  ['SPF', ending(textStrings, 'Txt')],
  ['UID', words([u32, 'Uid'])],
  ['GID', words([u32, 'Gid'])],
  ['NID', words([u16, 'Preference'], [nodeId, 'NodeID'])],
  ['L32', words([u16, 'Preference'], [ipv4Bytes, 'Locator'])],
  ['L64', words([u16, 'Preference'], [nodeId, 'Locator64'])],
  ['LP', words([u16, 'Preference'], [name, 'Fqdn'])],
  ['EUI48', words([eui(6), 'Address'])],
  ['EUI64', words([eui(8), 'Address'])],
  ['URI', ending(octets, 'Target', [u16, 'Priority'], [u16, 'Weight'])],
  ['CAA', ending(octets, 'Value', [u8, 'Flag'], [tag, 'Tag'])],
  ['AVC', ending(textStrings, 'Txt')],
  ['RESINFO', ending(textStrings, 'Resinfo')],
  ['TA', digest],
  ['DLV', digest],
])

/** `read` for a word in any case. */
function upper(read: Word): Word {
  return (text, origin) => read(text.toUpperCase(), origin)
}
