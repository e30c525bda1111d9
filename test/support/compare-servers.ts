// Asks two servers the same questions, and tells the answers that differ without a rule.
import { setTimeout as delay } from 'node:timers/promises'
import { comparable, differByClock } from './differences.ts'
import { exchange } from './dns-client.ts'
import { decodeMessage, type Message, messageText } from './dns-decode.ts'
import type { GeneratedQuery } from './random-queries.ts'

/** The answers of both servers, over the transport of the query, or over TCP where both were truncated. */
export interface Pair {
  readonly query: GeneratedQuery
  readonly ours: Message | undefined
  readonly theirs: Message | undefined
}

interface Comparison {
  /** Both answers as text, if they differ without a rule; else undefined. */
  readonly difference: (query: GeneratedQuery) => Promise<string | undefined>
  /** How often each rule explained a difference. */
  readonly used: ReadonlyMap<string, number>
}

interface ComparisonOptions {
  /** The ports of the servers. */
  readonly ours: number
  readonly theirs: number
  /** The id of the rule for a difference. */
  readonly explain: (pair: Pair) => string | undefined
  /** Default: 4 s; less where some queries get no reply. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 4_000
/** Both keep a SERVFAIL for 5 s. */
const SERVFAIL_CACHED_MS = 5_500

export function compareServers(options: ComparisonOptions): Comparison {
  const { ours, theirs, explain, timeoutMs = TIMEOUT_MS } = options
  const used = new Map<string, number>()

  async function ask(port: number, query: GeneratedQuery, tcp: boolean) {
    const { from } = query
    const host = from?.includes(':') ? '::1' : '127.0.0.1'
    const client = from === undefined ? {} : { from }
    const bytes = await exchange({ port, host, bytes: query.bytes, tcp, timeoutMs, ...client })
    return bytes === undefined ? undefined : decodeMessage(bytes)
  }

  // A reply that a busy machine loses is asked for again, once.
  const askBoth = (query: GeneratedQuery, tcp: boolean) =>
    Promise.all(
      [ours, theirs].map(
        async (port) => (await ask(port, query, tcp)) ?? (await ask(port, query, tcp)),
      ),
    )

  async function difference(query: GeneratedQuery): Promise<string | undefined> {
    let [mine, other] = await askBoth(query, query.tcp)
    // On a busy machine an upstream times out for one of them.
    if (hasFailed(mine) !== hasFailed(other)) {
      await delay(SERVFAIL_CACHED_MS)
      ;[mine, other] = await askBoth(query, query.tcp)
    }
    if (mine?.flags.tc && other?.flags.tc && !query.tcp) {
      const cut = { query, ours: mine, theirs: other }
      ;[mine, other] = await askBoth(query, true)
      // All A records have the same size, so both truncate at the same count. Names in another case than the question
      // (`cache-owner-case`) are no pointers to it and leave less room.
      const sameCase = cut.theirs.answers[0]?.name === cut.theirs.question?.name
      const sameCount =
        query.spec.type === 'SRV' ||
        !sameCase ||
        cut.ours.answers.length === cut.theirs.answers.length
      if (!(sameCount && isPartOf(cut.ours, mine))) return describePair(cut)
    }
    if (comparable(mine) === comparable(other) || differByClock(mine, other)) return undefined
    const rule = explain({ query, ours: mine, theirs: other })
    if (rule === undefined) return describePair({ query, ours: mine, theirs: other })
    used.set(rule, (used.get(rule) ?? 0) + 1)
    return undefined
  }

  return { difference, used }
}

function hasFailed(reply: Message | undefined): boolean {
  return reply === undefined || reply.rcode === 'SERVFAIL'
}

/** True when all records of a truncated answer are in the complete answer over TCP. */
function isPartOf(cut: Message, whole: Message | undefined): boolean {
  const records = new Set(whole?.answers.map(withoutTtl))
  return cut.answers.every((record) => records.has(withoutTtl(record)))
}

function withoutTtl({ name, type, data }: Message['answers'][number]): string {
  return `${name} ${type} ${data}`
}

function describePair({ query, ours, theirs }: Pair): string {
  const text = (message?: Message) => (message === undefined ? 'no reply' : messageText(message))
  const { name, type, edns, flags } = query.spec
  const asked = `${name} ${type} ${query.tcp ? 'tcp' : 'udp'} ${JSON.stringify(edns)} ${JSON.stringify(flags)}`
  return `${asked}\n--- ours\n${text(ours)}\n--- CoreDNS\n${text(theirs)}`
}

/**
 * Compares the answers to queries, `inFlight` at once, until there are no more or 20 names and types differ. Queries for one
 * name and type run one after the other, so that all of them find the caches of both servers in the same state. Resolves to the
 * differences and the number of queries.
 */
export async function compareAll(
  { difference }: Comparison,
  queries: Iterable<GeneratedQuery>,
  inFlight: number,
): Promise<{ readonly differences: readonly string[]; readonly asked: number }> {
  const differences = new Map<string, string>()
  const last = new Map<string, Promise<void>>()
  let asked = 0
  const iterator = queries[Symbol.iterator]()
  const compare = async (query: GeneratedQuery, key: string) => {
    await last.get(key)
    const found = await difference(query)
    if (found !== undefined) differences.set(key, found)
  }
  const worker = async () => {
    while (differences.size < 20) {
      const { value: query, done } = iterator.next()
      if (done) return
      asked++
      const key = `${query.spec.name.toLowerCase()} ${query.spec.type}`
      const compared = compare(query, key)
      last.set(key, compared)
      await compared
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return { differences: [...differences.values()], asked }
}
