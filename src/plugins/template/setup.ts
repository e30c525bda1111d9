// template: answers with records that Go templates make of the question.
//
//   template CLASS TYPE [ZONES...] {
//     match REGEXP...
//     answer RR...
//     additional RR...
//     authority RR...
//     rcode RCODE
//     ederror INFOCODE [TEXT]
//     fallthrough [ZONES...]
//   }
import { CLASS_IN } from '../../dns/codes.ts'
import type { Plugin } from '../plugin.ts'
import { templateComponent } from './component.ts'
import { describeRules } from './describe.ts'
import { MATCH_COUNTERS } from './match-counts.ts'
import type { TemplateConfig, TemplateRule } from './options.ts'
import { readRule } from './read-rule.ts'

const OPTIONS = [
  'match REGEXP...',
  'answer RR...',
  'additional RR...',
  'authority RR...',
  'rcode RCODE',
  'ederror INFOCODE [TEXT]',
  'fallthrough [ZONES...]',
]

export const template: Plugin<TemplateConfig> = {
  name: 'template',
  syntax: `template CLASS TYPE [ZONES...] { ${OPTIONS.join('; ')} }`,

  setup(controller) {
    const rules: TemplateRule[] = []
    while (controller.tokens.next()) rules.push(readRule(controller))
    return { plugin: 'template', rules }
  },

  settings: ({ rules }) =>
    rules.some((rule) => rule.class !== CLASS_IN) ? { servesOtherClasses: true } : {},

  describe: describeRules,

  zones: ({ rules }) => {
    const zones = rules.flatMap((rule) => rule.zones.filter((zone) => zone !== '.'))
    return [...new Set(zones)]
  },

  component: templateComponent,
  counters: MATCH_COUNTERS,
}
