// The metrics of queries. Each answering thread counts in shared memory, without allocation: one block of numbers for
// each server and zone. A scrape sums the blocks of all threads. Names, labels and buckets are those of CoreDNS
// (plugin/metrics/vars).
import { FLAG_AA, FLAG_DO, REFUSED, rcodeName, SERVFAIL } from '../../dns/codes.ts'
import type { Request } from '../../dns/request.ts'
import { counter, type LabeledValue, type MetricFamily, type Sample } from '../../metrics.ts'

/** The labels of one block of counters. */
export interface MetricLabels {
  /** "dns://:53". */
  readonly server: string
  /** The zone of the server block; "dropped" for requests without a zone. */
  readonly zone: string
  /** For `coredns_dns_responses_total`: the plugin after `prometheus`, as in CoreDNS. */
  readonly plugin: string
}

// The types with their own label value; all others are counted as "other".
const TYPES: readonly (readonly [number, string])[] = [
  [28, 'AAAA'],
  [1, 'A'],
  [5, 'CNAME'],
  [48, 'DNSKEY'],
  [43, 'DS'],
  [15, 'MX'],
  [50, 'NSEC3'],
  [47, 'NSEC'],
  [2, 'NS'],
  [12, 'PTR'],
  [46, 'RRSIG'],
  [6, 'SOA'],
  [33, 'SRV'],
  [16, 'TXT'],
  [65, 'HTTPS'],
  [64, 'SVCB'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
]
const TYPE_NAMES = [...TYPES.map(([, name]) => name), 'other']
const OTHER = TYPES.length
const typeIndexes = new Uint8Array(256).fill(OTHER)
for (const [index, [type]] of TYPES.entries()) typeIndexes[type] = index

// Buckets.
const SECONDS = Array.from({ length: 16 }, (_, k) => 0.00025 * 2 ** k)
const BYTES = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]
const PROTOCOLS = ['udp', 'tcp'] as const
const RCODES = 24

// The layout of a block: offsets in numbers. A histogram has its buckets, +Inf and the sum.
const REQUESTS = 0
const DURATION = REQUESTS + 2 * 2 * TYPE_NAMES.length
const DURATION_HISTOGRAM_SIZE = SECONDS.length + 2
const DNSSEC_OK = DURATION + DURATION_HISTOGRAM_SIZE
const REQUEST_SIZE = DNSSEC_OK + 1
const SIZE_HISTOGRAM_SIZE = BYTES.length + 2
const RESPONSE_SIZE = REQUEST_SIZE + 2 * SIZE_HISTOGRAM_SIZE
/** Replies of plugins by rcode, then replies of the server itself by rcode, which have no plugin label. */
const RESPONSES = RESPONSE_SIZE + 2 * SIZE_HISTOGRAM_SIZE
const BLOCK_SIZE = RESPONSES + 2 * RCODES

/** The most blocks of a process. Unused blocks cost address space only. */
export const MAX_BLOCKS = 4096

/** The number of counters of one thread. */
export const QUERY_COUNTERS = BLOCK_SIZE * MAX_BLOCKS

/** The counted properties of one query and its reply; sizes are in bytes. */
interface CountedQuery {
  readonly request: Pick<Request, 'type' | 'optFlags'>
  readonly requestBytes: number
  readonly replyBytes: number
  readonly isTcp: boolean
  readonly isIpv6: boolean
}

/**
 * Counts one query and its reply. `block` is the index of its labels; `replyFlags` are bytes 2 and 3 of the reply.
 * `counters` belong to the calling thread.
 */
export function countQuery(
  counters: Float64Array,
  block: number,
  { request, requestBytes, replyBytes, isTcp, isIpv6 }: CountedQuery,
  replyFlags: number,
): void {
  const at = block * BLOCK_SIZE
  const protocol = isTcp ? 1 : 0
  const family = isIpv6 ? 1 : 0
  const rcode = replyFlags & 0xf
  const type = request.type < 256 ? typeIndexes[request.type]! : OTHER
  counters[at + REQUESTS + (protocol * 2 + family) * TYPE_NAMES.length + type]!++
  if (request.optFlags & FLAG_DO) counters[at + DNSSEC_OK]!++
  observe(counters, at + REQUEST_SIZE + protocol * SIZE_HISTOGRAM_SIZE, BYTES, requestBytes)
  observe(counters, at + RESPONSE_SIZE + protocol * SIZE_HISTOGRAM_SIZE, BYTES, replyBytes)
  const byServer = (replyFlags & FLAG_AA) === 0 && (rcode === REFUSED || rcode === SERVFAIL)
  counters[at + RESPONSES + (byServer ? RCODES : 0) + rcode]!++
}

/** Counts the duration of `queries` queries; each took `seconds` from its receipt to sending its reply. */
export function countDuration(
  counters: Float64Array,
  block: number,
  seconds: number,
  queries: number,
): void {
  observe(counters, block * BLOCK_SIZE + DURATION, SECONDS, seconds, queries)
}

function observe(
  counters: Float64Array,
  at: number,
  buckets: readonly number[],
  value: number,
  times = 1,
): void {
  let bucket = 0
  while (bucket < buckets.length && value > buckets[bucket]!) bucket++
  counters[at + bucket]! += times
  counters[at + buckets.length + 1]! += value * times
}

/** The families of all blocks, summed over `threads`. A series without counts is omitted. */
export function queryFamilies(
  blocks: readonly MetricLabels[],
  threads: readonly Float64Array[],
): MetricFamily[] {
  const requests: LabeledValue[] = []
  const durations: Sample[] = []
  const dnssecOk: LabeledValue[] = []
  const requestSizes: Sample[] = []
  const responseSizes: Sample[] = []
  const responses: LabeledValue[] = []
  for (const [index, { server, zone, plugin }] of blocks.entries()) {
    const sum = (offset: number): number =>
      threads.reduce((total, view) => total + view[index * BLOCK_SIZE + offset]!, 0)
    const labels = { server, zone, view: '' }
    const count = (list: LabeledValue[], more: Record<string, string>, offset: number) => {
      const value = sum(offset)
      if (value > 0) list.push([{ ...labels, ...more }, value])
    }
    for (const [p, proto] of PROTOCOLS.entries()) {
      for (const family of [0, 1]) {
        for (const [t, type] of TYPE_NAMES.entries()) {
          const offset = REQUESTS + (p * 2 + family) * TYPE_NAMES.length + t
          count(requests, { proto, family: String(family + 1), type }, offset)
        }
      }
      const sizes = (list: Sample[], name: string, offset: number) =>
        histogram(list, name, { ...labels, proto }, BYTES, (i) =>
          sum(offset + p * SIZE_HISTOGRAM_SIZE + i),
        )
      sizes(requestSizes, 'coredns_dns_request_size_bytes', REQUEST_SIZE)
      sizes(responseSizes, 'coredns_dns_response_size_bytes', RESPONSE_SIZE)
    }
    count(dnssecOk, {}, DNSSEC_OK)
    histogram(durations, 'coredns_dns_request_duration_seconds', labels, SECONDS, (i) =>
      sum(DURATION + i),
    )
    for (let rcode = 0; rcode < RCODES; rcode++) {
      const more = { rcode: rcodeName(rcode) }
      count(responses, { ...more, plugin }, RESPONSES + rcode)
      count(responses, { ...more, plugin: '' }, RESPONSES + RCODES + rcode)
    }
  }
  return [
    counter('coredns_dns_requests_total', HELP.requests, requests),
    histogramFamily('coredns_dns_request_duration_seconds', HELP.duration, durations),
    histogramFamily('coredns_dns_request_size_bytes', HELP.requestSize, requestSizes),
    counter('coredns_dns_do_requests_total', HELP.dnssecOk, dnssecOk),
    histogramFamily('coredns_dns_response_size_bytes', HELP.responseSize, responseSizes),
    counter('coredns_dns_responses_total', HELP.responses, responses),
  ]
}

const HELP = {
  requests: 'Requests by server, zone, protocol, address family and type.',
  duration: 'Seconds from receiving a request to sending its reply.',
  requestSize: 'Size of requests in bytes.',
  dnssecOk: 'Requests with the DO bit (DNSSEC OK).',
  responseSize: 'Size of replies in bytes.',
  responses: 'Replies by response code.',
} as const

function histogramFamily(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'histogram', help, samples }
}

function histogram(
  list: Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
  buckets: readonly number[],
  value: (index: number) => number,
): void {
  const counts = Array.from({ length: buckets.length + 1 }, (_, i) => value(i))
  const total = counts.reduce((a, b) => a + b, 0)
  if (total === 0) return
  let below = 0
  for (const [i, bucket] of buckets.entries()) {
    below += counts[i]!
    list.push([`${name}_bucket`, { ...labels, le: String(bucket) }, below])
  }
  list.push([`${name}_bucket`, { ...labels, le: '+Inf' }, total])
  list.push([`${name}_sum`, labels, value(buckets.length + 1)])
  list.push([`${name}_count`, labels, total])
}
