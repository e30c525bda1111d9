// health: an HTTP endpoint that reports that the process is alive. Several blocks can have one.
//
//   health [ADDRESS] {
//     lameduck DURATION      keep serving this long after a SIGTERM
//   }
import { formatDuration } from '../../corefile/duration.ts'
import { checkedAddress, durationOr } from '../arguments.ts'
import type { Plugin } from '../plugin.ts'
import { type HealthConfig, healthComponent } from './component.ts'

export const health: Plugin<HealthConfig> = {
  name: 'health',
  syntax: 'health [ADDRESS] { lameduck DURATION }',

  setup({ tokens }) {
    let address = ''
    let lameduckMs = 0
    while (tokens.next()) {
      address = checkedAddress(tokens) ?? address
      while (tokens.nextBlock()) {
        if (tokens.val() !== 'lameduck')
          throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
        const args = tokens.remainingArgs()
        if (args.length !== 1) throw tokens.argErr()
        lameduckMs = durationOr(args[0]!, (message) =>
          tokens.plainErr(`unable to parse lameduck duration value: '${args[0]}' : ${message}`),
        )
      }
    }
    return { plugin: 'health', address: address || ':8080', lameduckMs: Math.max(lameduckMs, 0) }
  },

  describe({ address, lameduckMs }) {
    const lameduck =
      lameduckMs === 0 ? '' : `, keeps serving for ${formatDuration(lameduckMs)} when stopped`
    return `answers GET /health on ${address}${lameduck}`
  },

  component: healthComponent,
}
