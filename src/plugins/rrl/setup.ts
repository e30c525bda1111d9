// rrl: limits the replies that a client network gets (github.com/coredns/rrl, an external plugin of CoreDNS).
//
//   rrl [ZONES...] {
//     window SECONDS
//     ipv4-prefix-length LENGTH
//     ipv6-prefix-length LENGTH
//     responses-per-second ALLOWANCE      and nodata-, nxdomains-, referrals-, errors-per-second
//     slip-ratio N
//     max-table-size SIZE
//     report-only
//   }
import { zonesFromArguments } from '../arguments.ts'
import { nextOnce, type Plugin, sentenceList } from '../plugin.ts'
import { rrlComponent } from './component.ts'
import { RRL_COUNTERS } from './counters.ts'
import { costsOf, newRrlDraft, type RrlConfig, readRrlOption } from './options.ts'
import { REPLY_TYPES } from './reply-type.ts'

export const rrl: Plugin<RrlConfig> = {
  name: 'rrl',
  syntax:
    'rrl [ZONES...] { window SECONDS; ipv4-prefix-length LENGTH; ipv6-prefix-length LENGTH; ' +
    'responses-per-second ALLOWANCE; nodata-per-second ALLOWANCE; nxdomains-per-second ALLOWANCE; ' +
    'referrals-per-second ALLOWANCE; errors-per-second ALLOWANCE; slip-ratio N; max-table-size SIZE; report-only }',

  setup(controller) {
    const { tokens } = controller
    const times = { count: 0 }
    const draft = newRrlDraft()
    let zones: readonly string[] = []
    while (nextOnce(tokens, times)) {
      zones = zonesFromArguments(tokens.remainingArgs(), controller)
      while (tokens.nextBlock()) readRrlOption(draft, tokens)
    }
    const { rates: _, ...rest } = draft
    const costs = costsOf(draft)
    if (REPLY_TYPES.every((type) => costs[type] === 0)) {
      throw tokens.plainErr('no rate is set: write for example responses-per-second 20')
    }
    return { plugin: 'rrl', zones, costs, ...rest }
  },

  describe({ costs, ipv4Bits, ipv6Bits, slipRatio, reportOnly }) {
    const limits = REPLY_TYPES.flatMap((type) =>
      costs[type] === 0 ? [] : `${+(1000 / costs[type]).toFixed(3)} of type ${type}`,
    )
    const who = `each /${ipv4Bits} network of IPv4 and /${ipv6Bits} of IPv6`
    const excess = reportOnly
      ? 'only counts the others'
      : slipRatio === 0
        ? 'drops the others'
        : `sends one of ${slipRatio} others truncated and drops the rest`
    return `sends ${who} at most ${sentenceList(limits)} for a name by UDP in a second, and ${excess}`
  },

  zones: ({ zones }) => zones,

  component: rrlComponent,
  counters: RRL_COUNTERS,
}
