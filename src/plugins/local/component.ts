// `local` on the control thread: its metric.
import { counter } from '../../metrics.ts'
import type { Component } from '../plugin.ts'

export const localComponent: Component = {
  async prepare(_next, _previous, host) {
    const families = () => {
      const total = host.counters('local').reduce((sum, [count = 0]) => sum + count, 0)
      const help = 'Counter of special localhost subdomain requests.'
      return [counter('coredns_local_localhost_requests_total', help, total)]
    }
    return {
      commit: () => ({ families, stop: async () => {} }),
      discard: async () => {},
    }
  },
}
