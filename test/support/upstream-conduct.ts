// How the tests' upstream server misbehaves, by the labels of a name:
//
//   silent           sends nothing
//   delay-MS         replies that late
//   wrong-id         sends a reply with another id
//   wrong-question   sends a reply to another question
//   not-a-reply      sends a reply without QR
//   no-question      sends a reply without question
//   short            sends 5 bytes
//   garbage          sends 100 bytes of no message, behind the id of the request
//   mutated-SEED     changes bytes behind the question at places that the seed determines
//   pointer-loop     sends an answer whose owner is a compression pointer to itself
//   duplicate-N      sends the reply N times
//   cut              TC over UDP; over TCP half a reply, and then the end of the connection
//   hang-up          TC over UDP; over TCP the end of the connection
//
// With `-first` behind wrong-id, wrong-question, not-a-reply, short or garbage, the correct reply follows.
import { questionEnd } from './dns-frames.ts'
import { createRandom } from './random.ts'

interface Conduct {
  /** The messages to send, in order; none to stay silent. */
  readonly messages: readonly Uint8Array[]
  readonly delayMs: number
  /** What happens to a TCP connection behind or in the messages. */
  readonly end?: 'cut' | 'hang-up'
}

const DAMAGE =
  /^(wrong-id|wrong-question|not-a-reply|no-question|short|garbage|pointer-loop)(-first)?$/

/** What to do with a correct reply; `reply(true)` has TC. */
export function conductOf(
  name: string,
  tcp: boolean,
  reply: (truncated: boolean) => Uint8Array,
): Conduct {
  let messages: readonly Uint8Array[] = [reply(false)]
  let delayMs = 0
  let end: Conduct['end']
  for (const label of name.split('.')) {
    const [, kind, number] = /^(delay|mutated|duplicate)-(\d+)$/.exec(label) ?? []
    const damage = DAMAGE.exec(label)
    if (label === 'silent') messages = []
    else if (kind === 'delay') delayMs = Number(number)
    else if (kind === 'mutated') messages = messages.map((bytes) => mutated(bytes, Number(number)))
    else if (kind === 'duplicate')
      messages = Array.from({ length: Number(number) }, () => messages[0]!)
    else if (damage !== null) {
      const wrong = damaged(damage[1]!, messages[0]!)
      messages = damage[2] === undefined ? [wrong] : [wrong, ...messages]
    } else if (label === 'cut' || label === 'hang-up') {
      if (tcp) end = label
      else messages = [reply(true)]
    }
  }
  return { messages, delayMs, ...(end === undefined ? {} : { end }) }
}

function damaged(kind: string, bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes)
  switch (kind) {
    case 'wrong-id':
      copy.writeUInt16BE(copy.readUInt16BE(0) ^ 0x5555, 0)
      return copy
    case 'wrong-question':
      // The first letter of the name: "w" -> "x".
      copy[13]! ^= 0x0f
      return copy
    case 'not-a-reply':
      copy[2]! &= 0x7f
      return copy
    case 'no-question':
      // No records either: their owners point at the question.
      return Buffer.concat([copy.subarray(0, 4), Buffer.alloc(8)])
    case 'short':
      return copy.subarray(0, 5)
    case 'garbage':
      return Buffer.concat([copy.subarray(0, 2), Buffer.alloc(98, 0xe7)])
    default: {
      const end = questionEnd(copy)
      const owner = Uint8Array.of(0xc0 | (end >> 8), end & 255)
      const record = Buffer.from('00010001000000050004c0000201', 'hex')
      const counts = Buffer.from('000100000000', 'hex')
      return Buffer.concat([copy.subarray(0, 6), counts, copy.subarray(12, end), owner, record])
    }
  }
}

/** One to six bytes behind the question, or counts of the header, changed. */
function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const copy = Buffer.from(bytes)
  const random = createRandom(seed)
  const start = questionEnd(copy)
  for (let left = 1 + random.int(6); left > 0; left--) {
    const inHeader = copy.length === start || random.chance(15)
    const at = inHeader ? 6 + random.int(6) : start + random.int(copy.length - start)
    copy[at] = random.int(256)
  }
  return random.chance(15) ? copy.subarray(0, start + random.int(copy.length - start + 1)) : copy
}
