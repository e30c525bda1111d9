// `acl` in the plugin chain: for queries that did not pass it on the packet path, or that another plugin has rewritten.
import { CLASS_IN, ERROR_BLOCKED, ERROR_FILTERED, NOERROR, REFUSED } from '../../dns/codes.ts'
import { encodeSockaddr } from '../../udp/sockaddr.ts'
import {
  type Answer,
  emptyReply,
  type Handler,
  NO_REPLY,
  type Query,
  type Reply,
} from '../chain.ts'
import type { Access } from './access.ts'
import { ALLOW, BLOCK, FILTER } from './rules.ts'

const NOTHING = new Uint8Array(0)

/** The handler of one block. `isOnPath`: the packet path has counted what it let through. */
export function aclHandler(access: Access, isOnPath: () => boolean): Handler {
  return {
    name: 'acl',
    async handle(query: Query, next: () => Promise<Answer>): Promise<Answer> {
      const { request, client } = query
      // The server itself asks.
      if (query.isRefresh || client.remoteAddress === '') return next()
      const address = encodeSockaddr(client.remoteAddress, client.remotePort) ?? NOTHING
      const decision = access.decide(request, address, 0)
      if (decision === ALLOW) {
        const wasCounted = isOnPath() && query.asked === undefined && request.class === CLASS_IN
        if (!wasCounted) access.countAllowed()
        return next()
      }
      if (decision === BLOCK) return errorReply(REFUSED, ERROR_BLOCKED)
      if (decision === FILTER) return errorReply(NOERROR, ERROR_FILTERED)
      return NO_REPLY
    },
  }
}

/** A reply without records; the error is the only option of OPT. */
function errorReply(rcode: number, extendedError: number): Reply {
  return { ...emptyReply(rcode), extendedError, options: NOTHING }
}
