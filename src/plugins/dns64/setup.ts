// dns64: makes AAAA records of the A records of a name that has none (RFC 6147).
//
//   dns64 [PREFIX] {
//     prefix PREFIX  translate_all  allow_ipv4
//   }
import type { Dispenser } from '../../corefile/dispenser.ts'
import type { Plugin } from '../plugin.ts'
import { serverCounter } from '../server-counter.ts'
import { SERVER_COUNTERS } from '../server-counts.ts'
import type { Dns64Config } from './options.ts'
import { type Prefix, parsePrefix, prefixText } from './prefix.ts'

const FLAGS = ['translate_all', 'allow_ipv4']

export const dns64: Plugin<Dns64Config> = {
  name: 'dns64',
  syntax: 'dns64 [PREFIX] { prefix PREFIX; translate_all; allow_ipv4 }',

  setup({ tokens, warn }) {
    let prefix = readPrefix('64:ff9b::/96', tokens)
    let translateAll = false
    let allowIpv4 = false
    while (tokens.next()) {
      // Behind a PREFIX on the line of the directive, CoreDNS reads each line of the block as if it was a directive.
      const word = tokens.val()
      const args = tokens.remainingArgs()
      if (args.length > 1) throw tokens.argErr()
      if (args[0] !== undefined) {
        prefix = readPrefix(args[0], tokens)
        continue
      }
      if (word !== 'dns64' && /\w/.test(word)) {
        const cure = FLAGS.includes(word) ? '; write `prefix PREFIX` into the block' : ''
        warn(`${word} has no effect: there is a PREFIX on the line of the directive${cure}`)
      }
      while (tokens.nextBlock()) {
        switch (tokens.val()) {
          case 'prefix':
            if (!tokens.nextArg()) throw tokens.argErr()
            prefix = readPrefix(tokens.val(), tokens)
            break
          case 'translate_all':
            translateAll = true
            break
          case 'allow_ipv4':
            allowIpv4 = true
            break
          default:
            throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
        }
      }
    }
    return { plugin: 'dns64', prefix, translateAll, allowIpv4 }
  },

  describe({ prefix, translateAll, allowIpv4 }) {
    const which = translateAll ? 'for all names' : 'for names without any'
    const whom = allowIpv4 ? '' : ', for clients with IPv6 addresses'
    return `makes AAAA records with ${prefixText(prefix)} of A records ${which}${whom}`
  },

  component: serverCounter(
    'dns64',
    'coredns_dns64_requests_translated_total',
    'AAAA queries that were answered with what the name has as A records.',
  ),

  counters: SERVER_COUNTERS,
}

function readPrefix(text: string, tokens: Dispenser): Prefix {
  const result = parsePrefix(text)
  if (result.ok) return result.prefix
  throw result.isGo ? tokens.plainErr(result.message) : tokens.errf(result.message)
}
