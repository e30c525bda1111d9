// any: answers questions of type ANY with one record that says so (RFC 8482).
//
//   any
import type { PluginConfig } from '../../config.ts'
import type { Plugin } from '../plugin.ts'

export const any: Plugin<PluginConfig> = {
  name: 'any',
  syntax: 'any',

  // Like CoreDNS, reads only the first of several directives.
  setup({ tokens }) {
    tokens.next()
    if (tokens.nextArg()) throw tokens.argErr()
    return { plugin: 'any' }
  },

  describe: () => 'answers questions of type ANY with one HINFO record',
}
