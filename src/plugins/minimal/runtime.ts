// `minimal` at query time. Answer tables leave the records out by the block's `answersOnly`. Replies of upstreams are
// shortened before a cache keeps them, by the tap on the upstream thread, and by the handler in the chain.
import { NOERROR } from '../../dns/codes.ts'
import { ReplyWalk, walkReply } from '../../dns/reply-walk.ts'
import { type Answer, type Handler, isReply, isWire, type Reply } from '../chain.ts'
import type { ReplyTap, Runtime } from '../runtime.ts'
import { isReason, isShortened, shorten, shortened } from './shorten.ts'

const walk = new ReplyWalk()

const tap: ReplyTap = {
  tap(request, _wire, _wireAt, reply) {
    if (isShortened(request)) shorten(reply.bytes, reply.start, reply.walk)
  },
}

const handler: Handler = {
  name: 'minimal',
  async handle({ request }, next) {
    const answer = await next()
    return isShortened(request) ? minimalAnswer(answer) : answer
  },
}

function minimalAnswer(answer: Answer): Answer {
  if (isReply(answer)) return isPositive(answer) ? withoutRest(answer) : answer
  if (!isWire(answer)) return answer
  const { wire } = answer
  const isPositiveWire = walkReply(wire, 0, wire.length, walk) && shorten(wire, 0, walk)
  return isPositiveWire ? { wire: shortened(wire, walk) } : answer
}

function isPositive({ rcode, answers, authorities }: Reply): boolean {
  if (rcode !== NOERROR) return false
  return answers.length > 0 || !authorities.some(({ type }) => isReason(type))
}

function withoutRest(reply: Reply): Reply {
  return { ...reply, authorities: [], additionals: [] }
}

export const minimalRuntime: Runtime = () => ({ tap, handler, keepsPacketPath: true })
