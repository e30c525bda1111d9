// ready: an HTTP endpoint that reports whether all plugins are ready.
//
//   ready [ADDRESS] {
//     monitor until-ready|continuously
//   }
import { checkedAddress } from '../arguments.ts'
import { nextOnce, type Plugin } from '../plugin.ts'
import { type ReadyConfig, readyComponent } from './component.ts'

export const ready: Plugin<ReadyConfig> = {
  name: 'ready',
  syntax: 'ready [ADDRESS] { monitor until-ready|continuously }',

  setup({ tokens }) {
    let address = ':8181'
    let monitor: ReadyConfig['monitor'] = 'until-ready'
    const times = { count: 0 }
    while (nextOnce(tokens, times)) {
      address = checkedAddress(tokens) ?? address
      while (tokens.nextBlock()) {
        if (tokens.val() !== 'monitor')
          throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
        const args = tokens.remainingArgs()
        if (args.length !== 1) throw tokens.argErr()
        if (args[0] !== 'until-ready' && args[0] !== 'continuously') {
          throw tokens.errf(`monitor type '${args[0]}' not supported`)
        }
        monitor = args[0]
      }
    }
    return { plugin: 'ready', address, monitor }
  },

  describe({ address, monitor }) {
    const again = monitor === 'continuously' ? ', and keeps checking ready plugins' : ''
    return `answers GET /ready on ${address}${again}`
  },

  component: readyComponent,
}
