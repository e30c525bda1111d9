// metadata: gives queries labels, for the lines of `log` and the rules of `rewrite`.
//
//   metadata [ZONES...]
import type { PluginConfig } from '../../config.ts'
import { zonesFromArguments } from '../arguments.ts'
import { type Plugin, sentenceList } from '../plugin.ts'

/** The directive `metadata` after its setup. */
export interface MetadataConfig extends PluginConfig {
  readonly plugin: 'metadata'
  /** Lower-case FQDNs. */
  readonly zones: readonly string[]
}

export const metadata: Plugin<MetadataConfig> = {
  name: 'metadata',
  syntax: 'metadata [ZONES...]',

  setup(controller) {
    const { tokens } = controller
    tokens.next()
    const zones = zonesFromArguments(tokens.remainingArgs(), controller)
    if (tokens.nextBlock() || tokens.next()) throw tokens.argErr()
    return { plugin: 'metadata', zones }
  },

  describe: ({ zones }) => `gives labels to queries in ${sentenceList(zones)}`,

  zones: ({ zones }) => zones,
}
