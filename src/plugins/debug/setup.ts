// debug: logs debug lines, and ends the process with a stack trace on an unexpected exception.
//
//   debug
import type { PluginConfig } from '../../config.ts'
import type { Plugin } from '../plugin.ts'

export const debug: Plugin<PluginConfig> = {
  name: 'debug',
  syntax: 'debug',

  setup({ tokens }) {
    while (tokens.next()) if (tokens.nextArg()) throw tokens.argErr()
    return { plugin: 'debug' }
  },

  settings: () => ({ debug: true }),

  describe: () => 'logs debug lines, and ends the process on an unexpected exception',
}
