// `log` at query time: logs each query that a rule of the directive covers (coredns plugin/log).
import { u16 } from '../../dns/bytes.ts'
import type { Link, Observation, QueryObserver, Runtime } from '../runtime.ts'
import {
  classOf,
  compileRules,
  fieldsOf,
  type LogConfig,
  type LoggedQuery,
  typeOf,
} from './format.ts'

export const logRuntime: Runtime<LogConfig> = ({ rules }, { localAddress, writeLog }) => {
  let lineOf = compileRules(rules)
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
        upstream: observation.upstream,
        seconds,
      }
      const message = lineOf(query)
      if (message === undefined) return
      writeLog({ level: 'info', message, fields: () => fieldsOf(query) })
    },
  }
  return {
    connect(links) {
      lineOf = compileRules(rules, labelsOf(links))
    },
    observer: (zone) => (zone < 0 ? undefined : observer),
  }
}

/** What lines may have with `metadata`: the labels of the block's plugins, and those of the reply itself. */
function labelsOf(links: ReadonlyMap<string, Link>) {
  const metadata = links.get('metadata')?.labels
  return (name: string) =>
    metadata === undefined ? undefined : (OWN[name] ?? metadata.label(name))
}

const OWN: Readonly<Record<string, (query: LoggedQuery) => string>> = {
  'log/type': typeOf,
  'log/class': classOf,
}
