// local: answers questions for localhost and for the addresses of the machine itself.
//
//   local {
//     localhost_prefix on|off      default: on
//   }
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { quote } from '../../corefile/go-text.ts'
import type { Plugin } from '../plugin.ts'
import { localComponent } from './component.ts'

/** The directive `local` after its setup. */
export interface LocalConfig extends PluginConfig {
  readonly plugin: 'local'
  /** True: names whose first label is localhost are answered, too. */
  readonly prefix: boolean
}

export const local: Plugin<LocalConfig> = {
  name: 'local',
  syntax: 'local { localhost_prefix on|off }',

  // Like CoreDNS, adds up the options of several directives.
  setup({ tokens }) {
    let prefix = true
    while (tokens.next()) {
      if (tokens.remainingArgs().length > 0) throw tokens.argErr()
      while (tokens.nextBlock()) {
        if (tokens.val() !== 'localhost_prefix') {
          throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
        }
        prefix = readPrefix(tokens)
      }
    }
    return { plugin: 'local', prefix }
  },

  describe: ({ prefix }) =>
    `answers for localhost${prefix ? ', names that begin with it' : ''} and names below it, and for 127.0.0.0/8`,

  component: localComponent,
  counters: 1,
}

function readPrefix(tokens: Dispenser): boolean {
  const [value, ...more] = tokens.remainingArgs()
  if (value === undefined || more.length > 0) throw tokens.argErr()
  if (value === 'on') return true
  if (value === 'off') return false
  throw tokens.errf(`localhost_prefix expects 'on' or 'off', got ${quote(value)}`)
}
