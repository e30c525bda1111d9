// bind: the addresses on which a block listens, instead of all. An interface name stands for its addresses.
//
//   bind ADDRESS|INTERFACE... {
//     except ADDRESS|INTERFACE...
//   }
//
// The directive may be repeated; the addresses add up.
import { isIP } from 'node:net'
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { quote } from '../../corefile/go-text.ts'
import { type Interfaces, type Plugin, sentenceList } from '../plugin.ts'

/** The directive `bind` after its setup. */
interface BindConfig extends PluginConfig {
  readonly plugin: 'bind'
  /** IP addresses, as written or those of the named interfaces. */
  readonly addresses: readonly string[]
}

export const bind: Plugin<BindConfig> = {
  name: 'bind',
  syntax: 'bind ADDRESS|INTERFACE... { except ADDRESS|INTERFACE... }',

  setup({ tokens, interfaces }) {
    const addresses: string[] = []
    while (tokens.next()) {
      const args = tokens.remainingArgs()
      if (args.length === 0) {
        throw tokens.plainErr('at least one address or interface name is expected')
      }
      let except: readonly string[] = []
      while (tokens.nextBlock()) {
        if (tokens.val() !== 'except') {
          throw tokens.plainErr(`invalid option ${quote(tokens.val())}`)
        }
        except = tokens.remainingArgs()
        if (except.length === 0) {
          const what = 'at least one address or interface must be given to except subdirective'
          throw tokens.plainErr(what)
        }
      }
      const all = expand(args, interfaces, tokens)
      const excluded = new Set(expand(except, interfaces, tokens))
      addresses.push(...all.filter((address) => !excluded.has(address)))
    }
    return { plugin: 'bind', addresses }
  },

  settings: ({ addresses }) => ({ addresses }),

  describe({ addresses }) {
    if (addresses.length === 0) return 'listens on no address: `except` removes all of them'
    return `listens on ${sentenceList(addresses)} only`
  },
}

function expand(
  args: readonly string[],
  interfaces: Interfaces,
  tokens: Dispenser,
): readonly string[] {
  return args.flatMap((arg) => {
    const interfaceAddresses = Object.hasOwn(interfaces, arg) ? interfaces[arg] : undefined
    if (interfaceAddresses !== undefined) {
      return interfaceAddresses.map(({ address }) => {
        // A link-local address means nothing without its interface (RFC 4007 section 11).
        return /^f(?:e[89ab]|f.2)/i.test(address) ? `${address}%${arg}` : address
      })
    }
    if (isIP(arg) === 0 || arg.includes('%')) {
      throw tokens.plainErr(`not a valid IP address or interface name: ${quote(arg)}`)
    }
    return [arg]
  })
}
