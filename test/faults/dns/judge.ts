// What a reply to the asker is worth.
import type { Message } from '../../support/dns-decode.ts'
import type { Question } from './asking.ts'

/**
 * `right`; `none` without a reply; `SERVFAIL`, which says that there is no answer; else `wrong: ...` with what the reply
 * says. An answer is right if its data is one of `question.right`; an empty list accepts any data.
 */
export function judge(reply: Message | undefined, { rcode, right }: Question): string {
  if (reply === undefined) return 'none'
  const data = reply.answers.map((record) => record.data).sort()
  const text = `${reply.rcode} ${data.join(' ')}`.trim()
  if (reply.rcode === 'SERVFAIL') return reply.rcode
  if (reply.rcode !== rcode || reply.flags.tc) return `wrong: ${text}`
  return right.length === 0 || right.includes(data.join(' ')) ? 'right' : `wrong: ${text}`
}
