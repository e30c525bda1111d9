// `acl` on the control thread: its metrics.
import { counterBlocks } from '../counter-blocks.ts'
import type { Component, Directive, ListenerAddress } from '../plugin.ts'
import { type AclLabels, aclFamilies, counterOffset, MAX_BLOCKS } from './counters.ts'
import type { AclConfig } from './options.ts'

/** Offsets of counters, by listener, block and zone of a rule; zone '' is for what is allowed. */
export type AclShared = readonly Readonly<Record<number, Readonly<Record<string, number>>>>[]

const blocksOf = counterBlocks<AclLabels>(MAX_BLOCKS)

export const aclComponent: Component<AclConfig> = {
  async prepare({ directives }, _previous, host) {
    const blocks = blocksOf(host)
    const offset = (server: string, zone: string) => counterOffset(blocks.indexOf({ server, zone }))
    return {
      share: (listeners): AclShared => listeners.map((one) => offsetsOf(one, directives, offset)),
      commit: () => ({
        families: () => aclFamilies(blocks.labels, host.counters('acl')),
        stop: async () => {},
      }),
      async discard() {},
    }
  },
}

function offsetsOf(
  { server, zones }: ListenerAddress,
  directives: readonly Directive<AclConfig>[],
  offset: (server: string, zone: string) => number,
): AclShared[number] {
  const here = directives.filter(({ block }) => zones.some((one) => one.block === block))
  return Object.fromEntries(
    here.map(({ block, config }) => {
      const names = ['', ...config.rules.flatMap((rule) => rule.zones)]
      return [block, Object.fromEntries(names.map((zone) => [zone, offset(server, zone)]))]
    }),
  )
}
