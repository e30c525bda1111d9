// chaos: answers questions of class CH about the server.
//
//   chaos [VERSION [AUTHORS...]]
import { hostname } from 'node:os'
import type { PluginConfig } from '../../config.ts'
import { version } from '../../version.ts'
import { type Plugin, sentenceList } from '../plugin.ts'

/** The directive `chaos` after its setup. Texts have at most 255 bytes. */
export interface ChaosConfig extends PluginConfig {
  readonly plugin: 'chaos'
  readonly version: string
  readonly authors: readonly string[]
  readonly hostname: string
}

/** CoreDNS has the names of its maintainers. */
const AUTHORS = ['The clusterset-dns authors']
/** Bytes of a character string (RFC 1035 section 3.3). */
const TEXT_MAX_SIZE = 255

export const chaos: Plugin<ChaosConfig> = {
  name: 'chaos',
  syntax: 'chaos [VERSION [AUTHORS...]]',

  // Like CoreDNS, reads only the first of several directives.
  setup({ tokens }) {
    tokens.next()
    const [shown = `clusterset-dns-${version}`, ...authors] = tokens.remainingArgs()
    if (tokens.nextBlock()) throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
    return {
      plugin: 'chaos',
      version: cut(shown),
      authors: authors.length === 0 ? AUTHORS : [...new Set(authors.map(cut))],
      hostname: cut(hostname()),
    }
  },

  settings: () => ({ servesOtherClasses: true }),

  describe: ({ version: shown, authors }) =>
    `answers questions of class CH with version "${shown}", authors ${sentenceList(authors)} and the host name`,
}

/** The first 255 bytes of a text, without a character that is cut. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= TEXT_MAX_SIZE) return text
  return new TextDecoder().decode(bytes.subarray(0, TEXT_MAX_SIZE), { stream: true })
}
