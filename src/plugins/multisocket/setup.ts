// multisocket: several sockets, each with its own thread, on every address of the block.
//
//   multisocket [COUNT]      1 to 1024; as many as there are processors without it
import type { PluginConfig } from '../../config.ts'
import { atoi } from '../../corefile/go-text.ts'
import type { Plugin } from '../plugin.ts'

export interface MultisocketConfig extends PluginConfig {
  readonly plugin: 'multisocket'
  readonly sockets: number
}

const MAX_SOCKETS = 1024

export const multisocket: Plugin<MultisocketConfig> = {
  name: 'multisocket',
  syntax: 'multisocket [COUNT]',

  setup({ tokens, parallelism }) {
    tokens.next()
    const args = tokens.remainingArgs()
    if (args.length > 1 || tokens.next()) throw tokens.argErr()
    const [text] = args
    if (text === undefined) return { plugin: 'multisocket', sockets: parallelism }
    const count = atoi(text)
    if (!count.ok) throw tokens.plainErr(`invalid num sockets: ${count.message}`)
    if (count.value < 1) {
      throw tokens.plainErr(`num sockets can not be zero or negative: ${count.value}`)
    }
    if (count.value > MAX_SOCKETS) {
      throw tokens.plainErr(`num sockets exceeds maximum (${MAX_SOCKETS}): ${count.value}`)
    }
    return { plugin: 'multisocket', sockets: count.value }
  },

  settings: ({ sockets }) => ({ sockets }),

  describe: ({ sockets }) => `serves each address through ${sockets} sockets`,
}
