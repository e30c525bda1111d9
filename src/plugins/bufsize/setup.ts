// bufsize: the largest UDP message a client is answered with, whatever larger size it offers (EDNS).
//
//   bufsize [SIZE]      512 to 4096, 1232 without it
import type { PluginConfig } from '../../config.ts'
import { prefixed } from '../../corefile/error.ts'
import { atoi } from '../../corefile/go-text.ts'
import type { Plugin } from '../plugin.ts'

export interface BufsizeConfig extends PluginConfig {
  readonly plugin: 'bufsize'
  /** Bytes. */
  readonly size: number
}

// DNS flag day 2020.
const DEFAULT_SIZE = 1232

export const bufsize: Plugin<BufsizeConfig> = {
  name: 'bufsize',
  syntax: 'bufsize [SIZE]',

  // Of a repeated directive CoreDNS reads the first one only.
  setup({ tokens }) {
    tokens.next()
    const args = tokens.remainingArgs()
    const [text] = args
    if (text === undefined) return { plugin: 'bufsize', size: DEFAULT_SIZE }
    const size = atoi(text)
    if (args.length > 1 || !size.ok || size.value < 512 || size.value > 4096) {
      // CoreDNS puts the plugin's name in front twice.
      throw prefixed('plugin/bufsize: ', tokens.argErr())
    }
    return { plugin: 'bufsize', size: size.value }
  },

  settings: ({ size }) => ({ maxOptSize: size }),

  describe: ({ size }) => `limits UDP answers to ${size} bytes`,
}
