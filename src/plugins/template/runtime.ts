// `template` at query time: the packet path has the replies that are always the same, and passes on what no rule is for. The
// chain answers the rest.

import type { Runtime } from '../runtime.ts'
import { PacketRules } from './answerer.ts'
import type { FailureReport, TemplateShared } from './component.ts'
import { templateHandler } from './handler.ts'
import { countMatch } from './match-counts.ts'
import { classText, typeText } from './matched.ts'
import type { TemplateConfig } from './options.ts'

export const templateRuntime: Runtime<TemplateConfig, TemplateShared> = (config, context) => {
  const { block, listener, shared, counters, report } = context
  const { server = '', labels = {} } = shared.listeners[listener] ?? {}
  const zones = labels[block] ?? {}
  const count = (zone: string, qclass: number, type: number) => {
    const label = zones[zone] ?? -1
    if (label >= 0) countMatch(counters, label, qclass, type)
  }
  return {
    answerer: new PacketRules(config.rules, count),
    handler: templateHandler(config.rules, {
      matched: (matched) => count(matched.zone, matched.class, matched.type),
      failed(kind, matched, section, template) {
        const { zone } = matched
        const names = { class: classText(matched.class), type: typeText(matched.type) }
        const labelled = { server, zone, view: '', ...names, section, template }
        report(JSON.stringify([kind, labelled] satisfies FailureReport))
      },
    }),
  }
}
