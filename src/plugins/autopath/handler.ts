// `autopath` in the plugin chain: asks the plugins behind it for one name of the client's search list after the other
// (coredns plugin/autopath ServeDNS).
import {
  CLASS_IN,
  HEADER_SIZE,
  MESSAGE_MAX_SIZE,
  NAME_MAX_SIZE,
  NXDOMAIN,
  TYPE_CNAME,
} from '../../dns/codes.ts'
import { decodeMessage, encodeMessage, type RR } from '../../dns/message.ts'
import { concat, sameName } from '../../dns/name.ts'
import { otherQuestion } from '../../dns/other-question.ts'
import { type Answer, type Handler, isBareError, isReply, isWire, type Query } from '../chain.ts'
import type { SearchPath } from './search-path.ts'

/** Creates the handler; `count` is called for each query whose answer is that of another name. */
export function autopathHandler(path: SearchPath, count: () => void): Handler {
  return {
    name: 'autopath',
    asksAgain: true,
    async handle(query, next) {
      const { request, client, isRefresh } = query
      const domains = isRefresh ? undefined : path.of(request, client)
      const first = await next()
      if (domains === undefined || !isAbsent(first)) return first
      const asked = query.wire.slice(HEADER_SIZE, HEADER_SIZE + request.nameLength)
      const base = asked.subarray(0, asked.length - domains[0]!.length)
      for (const domain of domains.slice(1)) {
        const inner = queryFor(query, concat(base, domain))
        const answer = inner && (await next(inner))
        if (answer === undefined || isAbsent(answer)) continue
        if (isReply(answer) && answer.error !== undefined) return answer
        count()
        return answerFor(asked, query, answer)
      }
      return first
    },
  }
}

/** The query for another name; undefined if the name is too long. */
function queryFor(query: Query, name: Uint8Array): Query | undefined {
  if (name.length > NAME_MAX_SIZE) return undefined
  const bytes = otherQuestion(query.request, query.wire, name, query.request.type)
  return query.rewritten(bytes, bytes)
}

/** True if the search goes on: the name does not exist, or a plugin has refused to answer. An error ends the search. */
function isAbsent(answer: Answer): boolean {
  if (isWire(answer)) return (answer.wire[3]! & 0xf) === NXDOMAIN
  if (!isReply(answer)) return false
  return answer.rcode === NXDOMAIN || (answer.error === undefined && isBareError(answer))
}

/** The answer for another name as that to the client's question. */
function answerFor(asked: Uint8Array, { request }: Query, answer: Answer): Answer {
  if (isReply(answer)) return { ...answer, answers: withCname(asked, answer.answers) }
  const message = isWire(answer) ? decodeMessage(answer.wire) : undefined
  // The server answers malformed bytes with SERVFAIL.
  if (message === undefined) return answer
  const questions = [{ name: asked, type: request.type, class: request.class }]
  const answers = withCname(asked, message.answers)
  return { wire: encodeMessage({ ...message, questions, answers }, MESSAGE_MAX_SIZE) }
}

/** Puts a CNAME from the asked name to the first other owner before the records (coredns plugin/autopath cnamer). */
function withCname(asked: Uint8Array, answers: readonly RR[]): readonly RR[] {
  const other = answers.find(({ name }) => !isSame(name, asked))
  if (other === undefined) return answers
  const { name: data, ttl } = other
  return [{ name: asked, type: TYPE_CNAME, class: CLASS_IN, ttl, data }, ...answers]
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sameName(a, 0, b, 0, a.length)
}
