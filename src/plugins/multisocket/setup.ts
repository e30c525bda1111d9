// multisocket: several sockets, each with its own thread, for each address of the block.
//
//   multisocket [COUNT]      1 to 1024; default: the number of processors
import type { PluginConfig } from '../../config.ts'
import { atoi } from '../../corefile/go-text.ts'
import type { Plugin } from '../plugin.ts'

/** The directive `multisocket` after its setup. */
interface MultisocketConfig extends PluginConfig {
  readonly plugin: 'multisocket'
  /** For each address. */
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
