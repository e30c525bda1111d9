// bufsize: limits UDP replies to a size, even if the client offers a larger one (EDNS).
//
//   bufsize [SIZE]      512 to 4096, 1232 without it
import type { PluginConfig } from '../../config.ts'
import { prefixed } from '../../corefile/error.ts'
import { atoi } from '../../corefile/go-text.ts'
import type { Plugin } from '../plugin.ts'

/** The directive `bufsize` after its setup. */
interface BufsizeConfig extends PluginConfig {
  readonly plugin: 'bufsize'
  /** Bytes. */
  readonly size: number
}

// The recommendation of DNS flag day 2020, in bytes.
const DEFAULT_SIZE = 1232

export const bufsize: Plugin<BufsizeConfig> = {
  name: 'bufsize',
  syntax: 'bufsize [SIZE]',

  // Like CoreDNS, reads only the first of several directives.
  setup({ tokens }) {
    tokens.next()
    const args = tokens.remainingArgs()
    const [text] = args
    if (text === undefined) return { plugin: 'bufsize', size: DEFAULT_SIZE }
    const size = atoi(text)
    if (args.length > 1 || !size.ok || size.value < 512 || size.value > 4096) {
      // CoreDNS prefixes this message with the plugin's name twice.
      throw prefixed('plugin/bufsize: ', tokens.argErr())
    }
    return { plugin: 'bufsize', size: size.value }
  },

  settings: ({ size }) => ({ maxOptSize: size }),

  describe: ({ size }) => `limits UDP answers to ${size} bytes`,
}
