// The rules for differences between a whole Corefile here and CoreDNS: those of the clusterset hold for cluster.local,
// too, except `half-underscore` and `dns-version`. Each rule has its id in docs/compatibility.md.
import type { Pair } from './compare-servers.ts'
import { rules, sameButTtls, serviceOf } from './differences.ts'
import type { Message } from './dns-decode.ts'
import type { GeneratedService } from './random-objects.ts'

const ZONE = 'cluster.local'
const CLUSTERSET = 'clusterset.local'
const ONLY_CLUSTERSET = ['half-underscore', 'dns-version']

interface CorefileRule {
  readonly id: string
  readonly explains: (pair: Pair) => boolean
}

const nameOf = ({ query }: Pair) => query.spec.name.toLowerCase().replace(/\.$/, '')
const isBelow = (name: string, zone: string) => name === zone || name.endsWith(`.${zone}`)
const isReverse = (name: string) => /\.(in-addr|ip6)\.arpa$/.test(name)
const isNodata = (message: Message | undefined) =>
  message?.rcode === 'NOERROR' && message.answers.length === 0

/** The rules that only a whole Corefile needs. */
export const corefileRules: readonly CorefileRule[] = [
  {
    id: 'compiled-ttl',
    explains: (pair) => {
      const { ours, theirs } = pair
      const name = nameOf(pair)
      const compiled = isBelow(name, ZONE) || isBelow(name, CLUSTERSET) || isReverse(name)
      return compiled && sameButTtls(ours, theirs) && greatestTtl(theirs) <= greatestTtl(ours)
    },
  },
  {
    id: 'reverse-nodata',
    explains: (pair) => {
      const { ours, theirs, query } = pair
      const reverse = isReverse(nameOf(pair)) && query.spec.type !== 'PTR'
      return reverse && isNodata(ours) && theirs?.rcode === 'NXDOMAIN'
    },
  },
]

function greatestTtl(message: Message | undefined): number {
  const records = [...(message?.answers ?? []), ...(message?.authority ?? [])]
  return Math.max(0, ...records.map(({ ttl }) => ttl))
}

/** The id of the rule that explains the difference of a pair; `imports` are the Services of the clusterset. */
export function explainCorefile(
  pair: Pair,
  imports: readonly GeneratedService[],
): string | undefined {
  const own = corefileRules.find(({ explains }) => explains(pair))
  if (own !== undefined) return own.id
  const { query, ours, theirs } = pair
  if (isBelow(nameOf(pair), CLUSTERSET)) {
    const service = serviceOf(query.spec, CLUSTERSET, imports)
    const compared = { spec: query.spec, ours, theirs, service }
    return rules.find(({ explains }) => explains(compared, CLUSTERSET))?.id
  }
  const compared = { spec: query.spec, ours, theirs, service: undefined }
  const common = rules.filter(({ id }) => !ONLY_CLUSTERSET.includes(id))
  return common.find(({ explains }) => explains(compared, ZONE))?.id
}
