// loop: ends the process when queries that are forwarded come back (coredns plugin/loop).
//
//   loop
import { nextOnce, type Plugin } from '../plugin.ts'
import { type LoopConfig, loopComponent } from './component.ts'

export const loop: Plugin<LoopConfig> = {
  name: 'loop',
  syntax: 'loop',

  setup({ tokens, zones }) {
    const times = { count: 0 }
    while (nextOnce(tokens, times)) if (tokens.nextArg()) throw tokens.argErr()
    return { plugin: 'loop', zone: zones[0] ?? '.' }
  },

  describe: ({ zone }) =>
    `ends the process if a query for a random name in ${zone} comes back from an upstream`,

  component: loopComponent,
}
