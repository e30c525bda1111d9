// The metrics: matches in shared memory of each thread, and failures by lines of the event-loop thread.
import { describe, expect, test } from 'vitest'
import { renderMetrics } from '../../../src/metrics.ts'
import { templateComponent } from '../../../src/plugins/template/component.ts'
import {
  countMatch,
  MATCH_COUNTERS,
  readMatches,
} from '../../../src/plugins/template/match-counts.ts'
import { componentHost } from '../../support/component-host.ts'
import { fakeSource } from '../../support/fake-source.ts'
import { rulesOf } from './rig.ts'

describe('matches', () => {
  test.each([
    ['IN A', 1, 1, { class: 'IN', type: 'A' }],
    ['CH TXT', 3, 16, { class: 'CH', type: 'TXT' }],
    ['ANY ANY', 255, 255, { class: 'ANY', type: 'ANY' }],
    ['a class without a name', 77, 1, { class: '', type: 'A' }],
    ['a type without a name', 1, 65_280, { class: 'IN', type: '' }],
    ['the highest type', 1, 65_535, { class: 'IN', type: 'Reserved' }],
    ['type 0', 1, 0, { class: 'IN', type: 'None' }],
  ])('%s', (_, qclass, type, names) => {
    const counters = new Float64Array(MATCH_COUNTERS)
    countMatch(counters, 4095, qclass, type)
    countMatch(counters, 4095, qclass, type)
    expect(readMatches(counters)).toEqual([{ label: 4095, count: 2, ...names }])
  })

  test('many label sets are counted apart, and those without room are not counted', () => {
    const counters = new Float64Array(MATCH_COUNTERS)
    for (let label = 0; label < 5000; label++) countMatch(counters, label, 1, 1)
    const counts = readMatches(counters)
    expect(counts).toHaveLength(MATCH_COUNTERS / 2)
    expect(new Set(counts.map(({ label }) => label)).size).toBe(MATCH_COUNTERS / 2)
    expect(counts.every(({ count }) => count === 1)).toBe(true)
  })
})

test('the families are those of CoreDNS, and outlive a reload', async () => {
  const threads = [new Float64Array(MATCH_COUNTERS), new Float64Array(MATCH_COUNTERS)]
  const host = componentHost({ openSource: () => fakeSource([]), counters: () => threads })
  const config = { plugin: 'template' as const, rules: rulesOf('template IN A a.test b.test') }
  const next = { directives: [{ block: 0, config, chain: [] }], hash: '' }
  const listener = { server: 'dns://:53', address: '', port: 53, zones: [{ zone: '.', block: 0 }] }
  const prepared = await templateComponent.prepare(next, undefined, host)
  expect(prepared.share!([listener], undefined)).toEqual({
    listeners: [{ server: 'dns://:53', labels: { 0: { 'a.test.': 0, 'b.test.': 1 } } }],
  })
  const running = prepared.commit(undefined)
  for (const counters of threads) countMatch(counters, 1, 1, 1)
  const names = { server: 'dns://:53', zone: 'a.test.', view: '', class: 'IN', type: 'A' }
  const template = '{{.Name}} "a"'
  running.receive!(JSON.stringify(['template', { ...names, section: 'answer', template }]))
  running.receive!(JSON.stringify(['rr', { ...names, section: 'authority', template: 'a' }]))
  const again = await templateComponent.prepare(next, running, host)
  const text = renderMetrics(again.commit(running).families!())
  const labels = 'server="dns://:53",zone="a.test.",view="",class="IN",type="A"'
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'coredns_template_matches_total{server="dns://:53",zone="b.test.",view="",class="IN",type="A"} 2',
    `coredns_template_template_failures_total{${labels},section="answer",template="{{.Name}} \\"a\\""} 1`,
    `coredns_template_rr_failures_total{${labels},section="authority",template="a"} 1`,
    '',
  ])
})
