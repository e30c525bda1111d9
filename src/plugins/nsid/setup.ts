// nsid: replies tell which server they come from, if the client asks for it (RFC 5001).
//
//   nsid [DATA...]
import { hostname } from 'node:os'
import type { PluginConfig } from '../../config.ts'
import { quote } from '../../corefile/go-text.ts'
import { nextOnce, type Plugin } from '../plugin.ts'

/** The directive `nsid` after its setup. */
export interface NsidConfig extends PluginConfig {
  readonly plugin: 'nsid'
  /** What replies have, in UTF-8. */
  readonly data: string
}

export const nsid: Plugin<NsidConfig> = {
  name: 'nsid',
  syntax: 'nsid [DATA...]',

  setup({ tokens }) {
    const times = { count: 0 }
    let data = hostname()
    while (nextOnce(tokens, times)) {
      const args = tokens.remainingArgs()
      if (args.length > 0) data = args.join(' ')
    }
    return { plugin: 'nsid', data }
  },

  describe: ({ data }) => `replies to clients that ask for NSID have ${quote(data)}`,
}
