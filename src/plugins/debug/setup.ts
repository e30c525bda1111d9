// debug: writes messages of the level debug too, and lets a crash end the process.
//
//   debug
import type { DebugPart, Plugin } from '../plugin.ts'

export const debug: Plugin<DebugPart> = {
  name: 'debug',
  syntax: 'debug',

  setup({ tokens }) {
    while (tokens.next()) if (tokens.nextArg()) throw tokens.argErr()
    return { plugin: 'debug' }
  },

  describe: () => 'writes debug messages',
}
