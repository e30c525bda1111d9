// `header` in the plugin chain (coredns plugin/header).
import { setU16, u16 } from '../../dns/bytes.ts'
import { FLAG_AA, FLAG_RD } from '../../dns/codes.ts'
import { setFlags } from '../../dns/wire-reply.ts'
import { type Answer, type Handler, isReply, isWire } from '../chain.ts'
import { changedFlags, type FlagChange } from './flags.ts'

/** Creates the handler. The server gives a reply the RD of its request, so a change of it is one of the request. */
export function headerHandler(query: FlagChange, response: FlagChange): Handler {
  return {
    name: 'header',
    async handle({ request, wire }, next) {
      request.flags = changedFlags(request.flags, query)
      setU16(wire, 2, request.flags)
      const answer = await next()
      const recursion = { set: response.set & FLAG_RD, clear: response.clear & FLAG_RD }
      request.flags = changedFlags(request.flags, recursion)
      return changedAnswer(answer, response)
    },
  }
}

function changedAnswer(answer: Answer, change: FlagChange): Answer {
  if (isWire(answer)) {
    const wire = answer.wire.slice()
    setFlags(wire, 0, changedFlags(u16(wire, 2), change))
    return { wire }
  }
  if (!isReply(answer)) return answer
  const before = (answer.flags ?? 0) | (answer.authoritative ? FLAG_AA : 0)
  const after = changedFlags(before, change)
  return { ...answer, authoritative: (after & FLAG_AA) !== 0, flags: after }
}
