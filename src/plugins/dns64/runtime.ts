// `dns64` at query time: answers that nobody gets translated on the packet path, and the others in the chain.
import type { Runtime } from '../runtime.ts'
import { type ServerCounts, serverCount } from '../server-counts.ts'
import { Dns64Answerer } from './answerer.ts'
import { dns64Handler } from './handler.ts'
import type { Dns64Config } from './options.ts'

export const dns64Runtime: Runtime<Dns64Config, ServerCounts> = (config, context) => ({
  around: (behind) => new Dns64Answerer(config.translateAll, behind),
  handler: dns64Handler(config, serverCount(context)),
})
