// `nsid` in the plugin chain: adds the option to the answer of the next plugins (coredns plugin/nsid).
import { MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { decodeMessage, encodeMessage, type Opt } from '../../dns/message.ts'
import { type Answer, type Handler, isReply, isWire, type WireReply } from '../chain.ts'
import { asksForNsid, withNsid } from './option.ts'

const NO_OPTIONS = new Uint8Array(0)
/** The server fills in what concerns the client. */
const NEW_OPT: Opt = { size: 0, extendedRcode: 0, version: 0, flags: 0, options: NO_OPTIONS }

/** Creates the handler; `option` is the option in wire form. */
export function nsidHandler(option: Uint8Array): Handler {
  return {
    name: 'nsid',
    async handle({ request, wire }, next) {
      if (!asksForNsid(request, wire)) return next()
      return marked(await next(), option)
    },
  }
}

function marked(answer: Answer, option: Uint8Array): Answer {
  if (isReply(answer)) {
    return { ...answer, options: withNsid(answer.options ?? NO_OPTIONS, option) }
  }
  return isWire(answer) ? markedWire(answer, option) : answer
}

/** The same message with the option; a malformed one as it is. */
function markedWire(answer: WireReply, option: Uint8Array): WireReply {
  const message = decodeMessage(answer.wire)
  if (message === undefined) return answer
  const opt = message.opt ?? NEW_OPT
  const options = withNsid(opt.options, option)
  return { wire: encodeMessage({ ...message, opt: { ...opt, options } }, MESSAGE_MAX_SIZE) }
}
