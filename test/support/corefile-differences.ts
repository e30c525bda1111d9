// The rules for differences between a whole Corefile here and CoreDNS: those of the clusterset hold for cluster.local,
// too, except `half-underscore` and `dns-version`. Each rule has its id in docs/compatibility.md.
import type { Pair } from './compare-servers.ts'
import { differByClock, lowerCase, rules, sameButTtls, serviceOf } from './differences.ts'
import type { Message } from './dns-decode.ts'
import type { QuerySpec } from './dns-encode.ts'
import type { GeneratedService } from './random-objects.ts'
import type { GeneratedQuery } from './random-queries.ts'

const ZONE = 'cluster.local'
const CLUSTERSET = 'clusterset.local'
/** The number of the EDNS option (RFC 7871). */
const CLIENT_SUBNET = 8
/** The labels of the whole name of an address. */
const IP6_LABELS = 34
const IN_ADDR_LABELS = 6
const ONLY_CLUSTERSET = ['half-underscore', 'dns-version']

/** What the answers of a pair depend on, beyond the question. */
interface Surroundings {
  /** The Services of the clusterset. */
  readonly imports: readonly GeneratedService[]
  /** The options of `kubernetes`. */
  readonly options: readonly string[]
  /** The questions that are asked with and without RD (`questionOf`). */
  readonly bothRd: ReadonlySet<string>
}

/** The name in lower case, and the type, of a query. */
function questionOf({ name, type }: QuerySpec): string {
  return `${name.toLowerCase().replace(/\.$/, '')} ${type}`
}

/** The questions that `queries` ask with and without RD. */
export function askedWithBothRd(queries: readonly GeneratedQuery[]): ReadonlySet<string> {
  const without = queries.filter(({ spec }) => spec.flags?.rd === false)
  const names = new Set(without.map(({ spec }) => questionOf(spec)))
  const withRd = queries.filter(({ spec }) => spec.flags?.rd !== false)
  return new Set(withRd.map(({ spec }) => questionOf(spec)).filter((one) => names.has(one)))
}

interface CorefileRule {
  readonly id: string
  readonly explains: (pair: Pair, surroundings: Surroundings) => boolean
}

const nameOf = ({ query }: Pair) => query.spec.name.toLowerCase().replace(/\.$/, '')
const isBelow = (name: string, zone: string) => name === zone || name.endsWith(`.${zone}`)
const isReverse = (name: string) => isBelow(name, 'in-addr.arpa') || isBelow(name, 'ip6.arpa')
const isOutside = (name: string) =>
  ![ZONE, CLUSTERSET].some((zone) => isBelow(name, zone)) && !isReverse(name)
const isNodata = (message: Message | undefined) =>
  message?.rcode === 'NOERROR' && message.answers.length === 0

/** The rules that only a whole Corefile needs. */
export const corefileRules: readonly CorefileRule[] = [
  {
    id: 'pending-negative-ttl',
    explains: (pair) =>
      !isOutside(nameOf(pair)) &&
      pair.ours?.authority[0]?.ttl === 1 &&
      sameButTtls(pair.ours, pair.theirs),
  },
  {
    id: 'dns-version',
    explains: (pair) =>
      nameOf(pair) === `dns-version.${CLUSTERSET}` &&
      pair.ours?.answers[0]?.data === '"1.0.0"' &&
      pair.theirs?.answers[0]?.data === '"1.1.0"',
  },
  {
    id: 'other-classes',
    explains: ({ query, ours }) => query.spec.class === 'CH' && ours?.rcode === 'REFUSED',
  },
  {
    id: 'cache-own-data',
    explains: (pair) =>
      !isOutside(nameOf(pair)) &&
      sameButTtls(pair.ours, pair.theirs) &&
      greatestTtl(pair.theirs) <= greatestTtl(pair.ours),
  },
  {
    id: 'cache-owner-case',
    explains: (pair) => isOutside(nameOf(pair)) && differByClock(pair.ours, pair.theirs, lowerCase),
  },
  {
    id: 'cache-rd',
    explains: (pair, { bothRd }) =>
      // CoreDNS has the answer from the question with the other RD; ours is asked for again, so it is newer.
      bothRd.has(questionOf(pair.query.spec)) &&
      sameButTtls(withoutAa(pair.ours), withoutAa(pair.theirs)) &&
      greatestTtl(pair.theirs) <= greatestTtl(pair.ours),
  },
  {
    id: 'cache-ttl-31-bits',
    explains: (pair) =>
      // One cache may have the entry where the other one asks again, so the flags may differ, too.
      Number(/^ttl-(\d+)\./.exec(nameOf(pair))?.[1] ?? 0) > 2 ** 31 - 1 &&
      pair.ours?.rcode === pair.theirs?.rcode &&
      pair.ours?.answers.length === pair.theirs?.answers.length,
  },
  {
    id: 'reverse-nodata',
    explains: (pair) =>
      isReverse(nameOf(pair)) &&
      pair.query.spec.type !== 'PTR' &&
      isNodata(pair.ours) &&
      pair.theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'reverse-non-terminal',
    explains: (pair) => {
      const labels = nameOf(pair).split('.').length
      const whole = isBelow(nameOf(pair), 'ip6.arpa') ? IP6_LABELS : IN_ADDR_LABELS
      const partial = isReverse(nameOf(pair)) && labels < whole
      return partial && isNodata(pair.ours) && pair.theirs?.rcode === 'NXDOMAIN'
    },
  },
  {
    id: 'reverse-more-labels',
    explains: (pair) =>
      isBelow(nameOf(pair), 'ip6.arpa') &&
      nameOf(pair).split('.').length > IP6_LABELS &&
      nameOf(pair).split('.').length <= IP6_LABELS + 3 &&
      pair.ours?.rcode === 'NXDOMAIN' &&
      pair.theirs?.rcode === 'NOERROR',
  },
  {
    id: 'reverse-namespaces',
    explains: (pair, { options }) =>
      options.some((option) => option.startsWith('namespace_labels')) &&
      isReverse(nameOf(pair)) &&
      isPartOf(pair.ours, pair.theirs),
  },
  {
    id: 'cache-client-subnet',
    explains: ({ query, ours, theirs }) =>
      query.spec.edns?.options?.some(({ code }) => code === CLIENT_SUBNET) === true &&
      ours?.rcode === theirs?.rcode &&
      isPartOf(ours, theirs),
  },
  {
    id: 'reverse-name-server',
    explains: (pair) =>
      pair.query.spec.type === 'NS' &&
      ['in-addr.arpa', 'ip6.arpa'].includes(nameOf(pair)) &&
      pair.ours?.rcode === 'NOERROR',
  },
  {
    id: 'empty-non-terminal',
    explains: (pair) =>
      /^(_tcp|_udp|_sctp|_zone|(pin|prefer)\._zone)\.[^.]+\.[^.]+\.svc\.cluster\.local$/.test(
        nameOf(pair),
      ) &&
      isNodata(pair.ours) &&
      pair.theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'pod-srv',
    explains: (pair) =>
      pair.query.spec.type === 'SRV' &&
      nameOf(pair).endsWith(`.pod.${ZONE}`) &&
      isNodata(pair.ours) &&
      pair.theirs !== undefined &&
      pair.theirs.answers.length > 0 &&
      pair.theirs.answers.every(({ data }) => /^0 \d+ 0 /.test(data)),
  },
  {
    id: 'wildcard-port',
    explains: (pair) =>
      /^_\._[^.]+\./.test(nameOf(pair)) &&
      pair.ours?.rcode === 'NXDOMAIN' &&
      pair.theirs?.rcode === 'NOERROR',
  },
  {
    id: 'external-name-nodata',
    explains: ({ ours, theirs }) =>
      ours?.rcode === 'NOERROR' &&
      ours.answers.length > 0 &&
      ours.answers.every(({ type }) => type === 'CNAME') &&
      isNodata(theirs),
  },
]

/** True when all records of our answer are in theirs, with any TTL. */
function isPartOf(ours: Message | undefined, theirs: Message | undefined): boolean {
  const known = new Set(theirs?.answers.map(({ type, data }) => `${type} ${data}`))
  return ours?.answers.every(({ type, data }) => known.has(`${type} ${data}`)) === true
}

function greatestTtl(message: Message | undefined): number {
  const records = [...(message?.answers ?? []), ...(message?.authority ?? [])]
  return Math.max(0, ...records.map(({ ttl }) => ttl))
}

/** The message without AA, which the first answer of an upstream lacks and cached ones have. */
function withoutAa(message: Message | undefined): Message | undefined {
  if (message === undefined) return undefined
  const { flags } = message
  return { ...message, flags: { ...flags, aa: false, text: flags.text.replace(' aa', '') } }
}

/** The id of the rule that explains the difference of a pair. */
export function explainCorefile(pair: Pair, surroundings: Surroundings): string | undefined {
  const own = corefileRules.find(({ explains }) => explains(pair, surroundings))
  if (own !== undefined) return own.id
  const { query, ours, theirs } = pair
  if (isBelow(nameOf(pair), CLUSTERSET)) {
    const service = serviceOf(query.spec, CLUSTERSET, surroundings.imports)
    const compared = { spec: query.spec, ours, theirs, service }
    return rules.find(({ explains }) => explains(compared, CLUSTERSET))?.id
  }
  const compared = { spec: query.spec, ours, theirs, service: undefined }
  const common = rules.filter(({ id }) => !ONLY_CLUSTERSET.includes(id))
  return common.find(({ explains }) => explains(compared, ZONE))?.id
}
