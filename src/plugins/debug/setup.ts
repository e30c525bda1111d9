// debug: debug lines are logged, and an unexpected exception ends the process with its stack trace.
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
