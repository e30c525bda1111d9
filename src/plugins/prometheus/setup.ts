// prometheus: counts queries and serves the metrics over HTTP.
//
//   prometheus [ADDRESS] {
//     runtime_metrics
//   }
import type { CorefileError } from '../../corefile/error.ts'
import { checkedAddress } from '../arguments.ts'
import { nextOnce, type Plugin } from '../plugin.ts'
import { type PrometheusConfig, prometheusComponent } from './component.ts'
import { QUERY_COUNTERS } from './query-metrics.ts'

export const prometheus: Plugin<PrometheusConfig> = {
  name: 'prometheus',
  syntax: 'prometheus [ADDRESS] { runtime_metrics }',

  setup({ tokens }) {
    let address = 'localhost:9153'
    let runtimeMetrics = false
    let unsupported: CorefileError | undefined
    const times = { count: 0 }
    while (nextOnce(tokens, times)) {
      address = checkedAddress(tokens) ?? address
      while (tokens.nextBlock()) {
        const option = tokens.val()
        if (option === 'runtime_metrics') {
          if (tokens.remainingArgs().length > 0) throw tokens.argErr()
          runtimeMetrics = true
        } else if (option === 'tls') {
          if (unsupported !== undefined) throw tokens.errf('tls block already specified')
          unsupported = tokens.unsupported("option 'tls' of prometheus")
          if (tokens.remainingArgs().length !== 1) throw tokens.argErr()
        } else throw tokens.unknownErr(`unknown option: ${option}`)
      }
    }
    if (unsupported !== undefined) throw unsupported
    return { plugin: 'prometheus', address, runtimeMetrics }
  },

  describe({ address, runtimeMetrics }) {
    const more = runtimeMetrics ? ', including runtime metrics' : ''
    return `serves metrics at http://${address.replace(/^:/, '0.0.0.0:')}/metrics${more}`
  },

  component: prometheusComponent,
  counters: QUERY_COUNTERS,
}
