// The name that the tests of the cache ask for, the upstreams that answer for it, and caches that have it.
import type { QuerySpec } from '../../support/dns-encode.ts'
import { CacheRig, type FakeUpstream, type WAYS } from './cache-rig.ts'
import { replyTo, type UpstreamReplySpec } from './upstream-reply.ts'

export const A: QuerySpec = { name: 'cached.org.', type: 'A' }
export const MINUTE = 60

export const answering =
  (ttl: number, address = '127.0.0.53', more: UpstreamReplySpec = {}): FakeUpstream =>
  (query) =>
    replyTo(query, { answers: [`cached.org. ${ttl} A ${address}`], ...more })
export const nxdomain =
  (ttl: number): FakeUpstream =>
  (query) =>
    replyTo(query, { rcode: 3, authorities: [`org. ${ttl} SOA a.org. b.org.`] })
export const failing: FakeUpstream = (query) => replyTo(query, { rcode: 2 })
export const silent: FakeUpstream = () => undefined

/** "NOERROR 127.0.0.1 7", with the TTL of the first record. */
export async function textOf(rig: CacheRig, query: QuerySpec = A): Promise<string> {
  const message = await rig.ask(query)
  if (message === undefined) return 'no reply'
  const { rcode, answers, authority } = message
  const record = answers[0] ?? authority[0]
  return [rcode, answers[0]?.data, record?.ttl].filter((part) => part !== undefined).join(' ')
}

/** The caches that take one of the ways; `lines` are the options of the directive. */
export function rigsBy(way: (typeof WAYS)[number]) {
  const rigOf = (...lines: readonly string[]) =>
    new CacheRig(way, lines.length === 0 ? 'cache' : `cache {\n${lines.join('\n')}\n}`)
  /** A cache that was asked for A, with the reply of `upstream`. */
  const primed = async (upstream: FakeUpstream, ...lines: readonly string[]) => {
    const rig = rigOf(...lines)
    rig.upstream = upstream
    await rig.ask(A)
    return rig
  }
  return { rigOf, primed }
}

/** Asks for A after some seconds, and does the refreshes that this starts, of `upstream`; returns their number. */
export async function renew(
  rig: CacheRig,
  seconds: number,
  upstream: FakeUpstream,
): Promise<number> {
  rig.now += seconds
  rig.upstream = upstream
  await rig.ask(A)
  return rig.refresh()
}
