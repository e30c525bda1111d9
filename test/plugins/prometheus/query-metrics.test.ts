// The metrics of queries, which answering threads count in shared memory.
import { describe, expect, test } from 'vitest'
import { FLAG_AA, FLAG_DO, NXDOMAIN, REFUSED } from '../../../src/dns/codes.ts'
import { renderMetrics } from '../../../src/metrics.ts'
import {
  countDuration,
  countQuery,
  QUERY_COUNTERS,
  queryFamilies,
} from '../../../src/plugins/prometheus/query-metrics.ts'

describe('query counters', () => {
  const query = {
    isTcp: false,
    isIpv6: false,
    type: 1,
    dnssecOk: false,
    requestBytes: 50,
    replyBytes: 120,
    replyFlags: FLAG_AA,
    seconds: 0.0003,
  }
  const countOne = (counters: Float64Array, change: Partial<typeof query> = {}): void => {
    const { isTcp, isIpv6, type, dnssecOk, requestBytes, replyBytes, replyFlags, seconds } = {
      ...query,
      ...change,
    }
    const request = { type, optFlags: dnssecOk ? FLAG_DO : 0 }
    const counted = { request, requestBytes, replyBytes, isTcp, isIpv6 }
    countQuery(counters, 0, counted, replyFlags)
    countDuration(counters, 0, seconds, 1)
  }
  const labels = { server: 'dns://:53', zone: '.', plugin: 'errors' }

  function text(...threads: Float64Array[]): string {
    return renderMetrics(queryFamilies([labels], threads))
  }

  test('have samples only after the first query', () => {
    const counters = new Float64Array(QUERY_COUNTERS)
    expect(text(counters)).toBe('\n')
    countOne(counters)
    expect(
      text(counters)
        .split('\n')
        .filter((line) => line.includes('requests_total{')),
    ).toEqual([
      'coredns_dns_requests_total{server="dns://:53",zone=".",view="",proto="udp",family="1",type="A"} 1',
    ])
  })

  test('are summed over all threads', () => {
    const threads = [new Float64Array(QUERY_COUNTERS), new Float64Array(QUERY_COUNTERS)]
    for (const thread of threads) countOne(thread)
    expect(text(...threads)).toContain(
      'coredns_dns_responses_total{server="dns://:53",zone=".",view="",rcode="NOERROR",plugin="errors"} 2',
    )
  })

  test.each([
    [{ isTcp: true }, 'proto="tcp",family="1",type="A"'],
    [{ isIpv6: true }, 'proto="udp",family="2",type="A"'],
    [{ type: 28 }, 'type="AAAA"'],
    [{ type: 65 }, 'type="HTTPS"'],
    [{ type: 251 }, 'type="IXFR"'],
    [{ type: 99 }, 'type="other"'],
    [{ type: 65_280 }, 'type="other"'],
    [{ replyFlags: REFUSED }, 'rcode="REFUSED",plugin=""'],
    [{ replyFlags: FLAG_AA | NXDOMAIN }, 'rcode="NXDOMAIN",plugin="errors"'],
    [{ dnssecOk: true }, 'coredns_dns_do_requests_total{server="dns://:53",zone=".",view=""} 1'],
    [
      { seconds: 0.0002 },
      'duration_seconds_bucket{server="dns://:53",zone=".",view="",le="0.00025"} 1',
    ],
    [{ seconds: 99 }, 'duration_seconds_bucket{server="dns://:53",zone=".",view="",le="8.192"} 0'],
    [
      { requestBytes: 100 },
      'request_size_bytes_bucket{server="dns://:53",zone=".",view="",proto="udp",le="100"} 1',
    ],
    [
      { replyBytes: 65_535 },
      'response_size_bytes_bucket{server="dns://:53",zone=".",view="",proto="udp",le="64000"} 0',
    ],
  ])('%j counts as %s', (change, line) => {
    const counters = new Float64Array(QUERY_COUNTERS)
    countOne(counters, change)
    expect(text(counters)).toContain(line)
  })
})
