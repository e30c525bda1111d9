// `template` on the control thread: its metrics.
import { Counter, counter, type LabeledValue, type MetricFamily } from '../../metrics.ts'
import { type CounterBlocks, counterBlocks } from '../counter-blocks.ts'
import type { Component, Directive, ListenerAddress, Running } from '../plugin.ts'
import { readMatches } from './match-counts.ts'
import type { TemplateConfig } from './options.ts'

/** The labels of a rule at a listener. */
interface Labels {
  readonly server: string
  readonly zone: string
}

/** What the answering threads get, by listener and then by block. */
export interface TemplateShared {
  readonly listeners: readonly {
    readonly server: string
    /** Zone of a rule -> the index of its labels; -1 for a zone that is not counted. */
    readonly labels: Readonly<Record<number, Readonly<Record<string, number>>>>
  }[]
}

/** A line of an answering thread: the kind of the failure, and the labels of the metric. */
export type FailureReport = readonly [
  kind: 'template' | 'rr',
  labels: Readonly<Record<string, string>>,
]

/** The most label sets of a process. */
const MAX_LABELS = 4096
const labelsOf = counterBlocks<Labels>(MAX_LABELS)

class Failures {
  readonly #template = new Counter(
    'coredns_template_template_failures_total',
    'Counter of go template failures.',
  )
  readonly #rr = new Counter('coredns_template_rr_failures_total', 'Counter of mis-templated RRs.')

  add([kind, labels]: FailureReport): void {
    const failures = kind === 'rr' ? this.#rr : this.#template
    failures.add(labels)
  }

  families(): readonly MetricFamily[] {
    return [this.#template.family(), this.#rr.family()]
  }
}

interface TemplateRunning extends Running {
  readonly failures: Failures
}

export const templateComponent: Component<TemplateConfig, TemplateRunning> = {
  async prepare({ directives }, _previous, host) {
    const blocks = labelsOf(host)
    return {
      share: (listeners) => shared(directives, listeners, blocks),
      commit(previous) {
        const failures = previous?.failures ?? new Failures()
        return {
          failures,
          families: () => [
            matchesFamily(host.counters('template'), blocks),
            ...failures.families(),
          ],
          receive: (line) => failures.add(JSON.parse(line) as FailureReport),
          async stop() {},
        }
      },
      async discard() {},
    }
  },
}

function shared(
  directives: readonly Directive<TemplateConfig>[],
  listeners: readonly ListenerAddress[],
  blocks: CounterBlocks<Labels>,
): TemplateShared {
  return {
    listeners: listeners.map(({ server, zones }) => {
      const served = new Set(zones.map(({ block }) => block))
      const own = directives.filter(({ block }) => served.has(block))
      const labels = own.map(({ block, config }) => {
        const names = config.rules.flatMap((rule) => rule.zones)
        return [
          block,
          Object.fromEntries(names.map((zone) => [zone, blocks.indexOf({ server, zone })])),
        ]
      })
      return { server, labels: Object.fromEntries(labels) }
    }),
  }
}

function matchesFamily(
  threads: readonly Float64Array[],
  { labels }: CounterBlocks<Labels>,
): MetricFamily {
  const sums = new Map<string, LabeledValue>()
  for (const { label, class: qclass, type, count } of threads.flatMap(readMatches)) {
    const { server = '', zone = '' } = labels[label] ?? {}
    const sample = { server, zone, view: '', class: qclass, type }
    const key = JSON.stringify(sample)
    sums.set(key, [sample, (sums.get(key)?.[1] ?? 0) + count])
  }
  return counter('coredns_template_matches_total', 'Counter of template regex matches.', [
    ...sums.values(),
  ])
}
