// Netlink messages as bytes (netlink(7), linux/netlink.h). Numbers are in the byte order of the machine, which is little-endian
// on all supported ones; nf_tables has its own in network order.

/** Bytes of struct nlmsghdr. */
const HEADER_SIZE = 16
/** Bytes of struct nlattr. */
const ATTRIBUTE_HEADER_SIZE = 4
const NLMSG_ERROR = 2
const NLM_F_REQUEST = 1
const NLA_F_NESTED = 0x8000

/** The kernel confirms the request. */
export const NLM_F_ACK = 4
/** An object that exists is an error. */
export const NLM_F_EXCL = 0x200
/** An object that does not exist is created. */
export const NLM_F_CREATE = 0x400
/** A rule goes to the end of its chain. */
export const NLM_F_APPEND = 0x800

/** One message to the kernel. */
export interface NetlinkRequest {
  /** What it does, for errors: "create the interface nodelocaldns". */
  readonly about: string
  readonly type: number
  /** NLM_F_*, without NLM_F_REQUEST. */
  readonly flags: number
  /** The header of the family and the attributes. */
  readonly payload: Uint8Array
}

/** One message of the kernel. */
export interface NetlinkReply {
  /** The index of the request among those that were sent with it. */
  readonly request: number
  /** Of an acknowledgement: 0, or the number of an error. Undefined for an object. */
  readonly errno: number | undefined
  /** Of an object: the header of the family and the attributes. */
  readonly payload: Uint8Array
}

/** The messages, one after the other; the sequence number of each is its index. */
export function encodeRequests(requests: readonly NetlinkRequest[]): Uint8Array {
  return Buffer.concat(
    requests.map(({ type, flags, payload }, index) => {
      const bytes = Buffer.alloc(HEADER_SIZE + aligned(payload.length))
      bytes.writeUInt32LE(HEADER_SIZE + payload.length, 0)
      bytes.writeUInt16LE(type, 4)
      bytes.writeUInt16LE(NLM_F_REQUEST | flags, 6)
      bytes.writeUInt32LE(index, 8)
      bytes.set(payload, HEADER_SIZE)
      return bytes
    }),
  )
}

/** The messages of one datagram of the kernel. */
export function decodeReplies(datagram: Uint8Array): readonly NetlinkReply[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
  const replies: NetlinkReply[] = []
  for (let at = 0; at + HEADER_SIZE <= datagram.length; ) {
    const length = view.getUint32(at, true)
    if (length < HEADER_SIZE || at + length > datagram.length) break
    const isAnswer = view.getUint16(at + 4, true) === NLMSG_ERROR
    replies.push({
      request: view.getUint32(at + 8, true),
      errno: isAnswer ? Math.abs(view.getInt32(at + HEADER_SIZE, true)) : undefined,
      payload: datagram.slice(at + HEADER_SIZE, at + length),
    })
    at += aligned(length)
  }
  return replies
}

/** An attribute with these bytes. */
export function attribute(type: number, bytes: Uint8Array): Uint8Array {
  const length = ATTRIBUTE_HEADER_SIZE + bytes.length
  const encoded = Buffer.alloc(aligned(length))
  encoded.writeUInt16LE(length, 0)
  encoded.writeUInt16LE(type, 2)
  encoded.set(bytes, ATTRIBUTE_HEADER_SIZE)
  return encoded
}

/** An attribute with other attributes in it. */
export function nested(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  return attribute(type | NLA_F_NESTED, Buffer.concat(attributes))
}

/** An attribute with a text, which a zero byte ends. */
export function textAttribute(type: number, text: string): Uint8Array {
  return attribute(type, Buffer.from(`${text}\0`))
}

/** An attribute with four bytes in network order. */
export function bigEndianAttribute(type: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return attribute(type, bytes)
}

/** Rounds up to the next multiple of four. */
function aligned(length: number): number {
  return (length + 3) & ~3
}
