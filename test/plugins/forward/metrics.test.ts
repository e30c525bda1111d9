// The metrics of all directives, with CoreDNS' names and labels.
import { expect, test } from 'vitest'
import { renderMetrics } from '../../../src/metrics.ts'
import { forwardFamilies } from '../../../src/plugins/forward/metrics.ts'
import { ForwardTotals } from '../../../src/plugins/forward/totals.ts'
import { UpstreamReader } from '../../../src/plugins/forward/upstream-table.ts'
import { MAX_GONE, UpstreamWriter } from '../../../src/plugins/forward/upstream-writer.ts'

/** A table whose one upstream is 192.0.2.1:53, with a reply, a reused and a new connection. */
function usedTable() {
  const writer = new UpstreamWriter()
  writer.update([{ target: 0, address: '192.0.2.1', port: 53 }])
  const reader = new UpstreamReader(writer.buffer, [], 0)
  const upstream = reader.upstreams[0]!
  reader.replied(upstream, 3, 300)
  reader.connected(upstream, 0, true)
  reader.connected(upstream, 1, false)
  reader.allDown()
  reader.enter(0)
  return { writer, reader, upstream }
}

const lines = (totals: ForwardTotals, ...tables: readonly UpstreamWriter[]) =>
  renderMetrics(forwardFamilies(totals.sum(tables)))
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '')

test('two directives with one upstream have one series', () => {
  const totals = new ForwardTotals()
  totals.probeFailed('192.0.2.1:53')
  const found = lines(totals, usedTable().writer, usedTable().writer)
  const to = 'proxy_name="forward",to="192.0.2.1:53"'
  const bucket = (le: string, count: number) =>
    `coredns_proxy_request_duration_seconds_bucket{${to},rcode="NXDOMAIN",le="${le}"} ${count}`
  expect(found.filter((line) => !line.includes('_bucket'))).toEqual([
    'coredns_forward_healthcheck_broken_total 2',
    'coredns_forward_max_concurrent_rejects_total 2',
    `coredns_proxy_request_duration_seconds_sum{${to},rcode="NXDOMAIN"} 0.0006`,
    `coredns_proxy_request_duration_seconds_count{${to},rcode="NXDOMAIN"} 2`,
    `coredns_proxy_healthcheck_failures_total{${to}} 1`,
    `coredns_proxy_conn_cache_hits_total{${to},proto="udp"} 2`,
    `coredns_proxy_conn_cache_misses_total{${to},proto="tcp"} 2`,
  ])
  expect(found.filter((line) => line.includes('_bucket')).slice(0, 3)).toEqual([
    bucket('0.00025', 0),
    bucket('0.0005', 2),
    bucket('0.001', 2),
  ])
  expect(found).toContain(bucket('8.192', 2))
  expect(found).toContain(bucket('+Inf', 2))
})

test('counters do not decrease when a directive is gone', () => {
  const totals = new ForwardTotals()
  const { writer } = usedTable()
  const before = lines(totals, writer)
  totals.retire(writer)
  expect(lines(totals)).toEqual(before)
  expect(lines(totals, usedTable().writer)).toContain('coredns_forward_healthcheck_broken_total 2')
})

test('failed probes of many upstreams that are gone are forgotten, the oldest first', () => {
  const totals = new ForwardTotals()
  for (let i = 0; i <= MAX_GONE; i++) totals.probeFailed(`192.0.2.1:${1 + i}`)
  const { probeFailures } = totals.sum([])
  expect([probeFailures.size, probeFailures.has('192.0.2.1:1')]).toEqual([MAX_GONE, false])
})

test('a directive without queries has the counters without labels only', () => {
  expect(lines(new ForwardTotals(), new UpstreamWriter())).toEqual([
    'coredns_forward_healthcheck_broken_total 0',
    'coredns_forward_max_concurrent_rejects_total 0',
  ])
})
