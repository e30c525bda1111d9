// whoami: answers every query with the client's address and port.
//
//   whoami
import type { PluginConfig } from '../../config.ts'
import type { Plugin } from '../plugin.ts'

export const whoami: Plugin<PluginConfig> = {
  name: 'whoami',
  syntax: 'whoami',

  setup({ tokens }) {
    tokens.next()
    if (tokens.nextArg()) throw tokens.argErr()
    return { plugin: 'whoami' }
  },

  describe: () => "answers with the client's address and port",
}
