// `loadbalance` in the plugin chain.
import { MESSAGE_MAX_SIZE, NOERROR } from '../../dns/codes.ts'
import { decodeMessage, encodeMessage } from '../../dns/message.ts'
import { type Answer, type Handler, isReply, isWire, type Query } from '../chain.ts'
import type { AddressOrder } from './address-order.ts'
import { orderedSections } from './record-order.ts'

export function orderHandler(order: AddressOrder): Handler {
  return {
    name: 'loadbalance',
    async handle(query: Query, next: (query?: Query) => Promise<Answer>): Promise<Answer> {
      const { type } = query.request
      if (query.isRefresh || !order.appliesTo(type)) return next()
      // What does not fit is left out when all are in order.
      const answer = await next({ ...query, limit: MESSAGE_MAX_SIZE })
      if (isReply(answer)) {
        return answer.rcode === NOERROR
          ? { ...answer, ...orderedSections(answer, order, type) }
          : answer
      }
      return isWire(answer) ? { wire: orderedWire(answer.wire, order, type) } : answer
    },
  }
}

function orderedWire(wire: Uint8Array, order: AddressOrder, type: number): Uint8Array {
  const message = decodeMessage(wire)
  if (message === undefined || (message.flags & 0xf) !== NOERROR) return wire
  const sections = orderedSections(message, order, type)
  return sections ? encodeMessage({ ...message, ...sections }, MESSAGE_MAX_SIZE) : wire
}
