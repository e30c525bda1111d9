// What the tests' upstream answers for a name, as text.
import { upstreamReply } from '../support/upstream-names.ts'
import { answerText } from './slots.ts'

/** The answer to an A question for a host below upstream.test. */
export function upstreamAnswer(name: string): string {
  const { answers } = upstreamReply(name, 'A')
  const addresses = answers.map(({ data: [bytes] }) => [...(bytes as Uint8Array)].join('.'))
  return answerText('NOERROR', addresses)
}
