// minimal: positive answers have no authority and no additional records.
//
//   minimal
import type { PluginConfig } from '../../config.ts'
import type { Plugin } from '../plugin.ts'

export const minimal: Plugin<PluginConfig> = {
  name: 'minimal',
  syntax: 'minimal',

  // Like CoreDNS, reads only the first of several directives.
  setup({ tokens }) {
    tokens.next()
    if (tokens.nextArg()) throw tokens.argErr()
    return { plugin: 'minimal' }
  },

  settings: () => ({ answersOnly: true }),

  describe: () => 'leaves authority and additional records out of positive answers',
}
