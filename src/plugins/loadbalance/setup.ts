// loadbalance: varies the order of the addresses in answers.
//
//   loadbalance [round_robin]
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { parseDuration } from '../../corefile/duration.ts'
import type { CorefileError } from '../../corefile/error.ts'
import type { Plugin } from '../plugin.ts'

/** The directive `loadbalance` after its setup. */
interface LoadbalanceConfig extends PluginConfig {
  readonly plugin: 'loadbalance'
  readonly policy: 'round_robin'
}

export const loadbalance: Plugin<LoadbalanceConfig> = {
  name: 'loadbalance',
  syntax: 'loadbalance [round_robin]',

  setup({ tokens }) {
    let unsupported: CorefileError | undefined
    while (tokens.next()) {
      const at = tokens.position()
      const args = tokens.remainingArgs()
      const [policy] = args
      if (policy === 'weighted') {
        checkWeighted(args, tokens)
        unsupported ??= tokens.unsupported("policy 'weighted' of loadbalance", at)
      } else if (policy === 'round_robin') {
        if (args.length > 1) throw tokens.errf(`unknown property for ${policy}`)
      } else if (policy !== undefined) throw tokens.plainErr(`unknown policy: ${policy}`)

      while (tokens.nextBlock()) {
        if (tokens.val() !== 'prefer') throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
        unsupported ??= tokens.unsupported("option 'prefer' of loadbalance")
        tokens.remainingArgs()
      }
    }
    if (unsupported !== undefined) throw unsupported
    return { plugin: 'loadbalance', policy: 'round_robin' }
  },

  settings: () => ({ rotateAddresses: true }),

  describe: () => 'varies the order of addresses in answers',
}

function checkWeighted(args: readonly string[], tokens: Dispenser): void {
  if (args.length < 2) throw tokens.errf('missing weight file argument')
  if (args.length > 2) throw tokens.errf('unexpected argument(s)')
  while (tokens.nextBlock()) {
    if (tokens.val() !== 'reload') throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
    const [duration, ...more] = tokens.remainingArgs()
    if (duration === undefined) throw tokens.errf('reload duration value is missing')
    if (more.length > 0) throw tokens.errf('unexpected argument')
    if (!parseDuration(duration).ok) throw tokens.errf(`invalid reload duration '${duration}'`)
  }
}
