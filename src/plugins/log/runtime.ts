// `log` at query time: logs each query that a rule of the directive covers (coredns plugin/log).
import { u16 } from '../../dns/bytes.ts'
import type { Observation, QueryObserver, Runtime } from '../runtime.ts'
import { compileRules, fieldsOf, type LogConfig, type LoggedQuery } from './format.ts'

export const logRuntime: Runtime<LogConfig> = ({ rules }, { localAddress, writeLog }) => {
  const lineOf = compileRules(rules)
  const observer: QueryObserver = {
    needsSeconds: true,
    observe(observation: Observation) {
      const { request, requestBytes, peer, reply, replyAt, replyBytes, seconds } = observation
      const query: LoggedQuery = {
        request,
        protocol: observation.isTcp ? 'tcp' : 'udp',
        requestBytes,
        remoteAddress: peer.address,
        remotePort: peer.port,
        localAddress,
        replyFlags: u16(reply, replyAt + 2),
        answers: u16(reply, replyAt + 6),
        authorities: u16(reply, replyAt + 8),
        replyBytes,
        seconds,
      }
      const message = lineOf(query)
      if (message === undefined) return
      writeLog({ level: 'info', message, fields: () => fieldsOf(query) })
    },
  }
  return { observer: (zone) => (zone < 0 ? undefined : observer) }
}
