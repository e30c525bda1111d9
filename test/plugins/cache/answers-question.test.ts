// Whether a reply answers its question, for names that are compressed in unusual ways.
import { expect, test } from 'vitest'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import { answersQuestion } from '../../../src/plugins/cache/answers-question.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { requestOf } from './store/entries.ts'

const CNAME = 5
const TXT = 16

// Without a limit, thousands of records may share a chain of thousands of pointers.
test.each([
  [126, true],
  [127, false],
])('follows %d pointers of a name: %s', (pointers, answers) => {
  const question = [...encodeQuery({ name: 'a.test', type: 'CNAME', id: 1 })]
  const dataAt = question.length + 11
  const pointer = (target: number) => [0xc0 | (target >> 8), target & 0xff]
  const chain = Array.from({ length: pointers - 1 }, (_, i) =>
    pointer(i === 0 ? 12 : dataAt + 2 * (i - 1)),
  ).flat()
  const record = (owner: number[], type: number, data: number[]) => {
    const head = [0, type, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 0xff]
    return [...owner, ...head, ...data]
  }
  const target = pointer(dataAt + chain.length - 2)
  const records = [record([0], TXT, chain), record(pointer(12), CNAME, target)]
  const reply = Uint8Array.from([...question, ...records.flat()])
    .with(2, 0x80)
    .with(7, 2)
  const walk = new ReplyWalk()
  expect(walkReply(reply, 0, reply.length, walk)).toBe(true)
  const request = requestOf({ name: 'a.test', type: 'CNAME' })
  expect(answersQuestion(reply, 0, walk, request)).toBe(answers)
})
