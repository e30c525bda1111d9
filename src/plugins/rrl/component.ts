// `rrl` on the control thread: the accounts in shared memory, which outlive reloads, and the metrics.
import { type HashKey, randomHashKey } from '../../zone/name-hash.ts'
import type { Component, Running } from '../plugin.ts'
import { createAccounts } from './accounts.ts'
import { rrlFamilies } from './counters.ts'
import type { RrlConfig } from './options.ts'

/** The accounts of a block, and the keys of their hashes, which clients must not know. */
export interface BlockAccounts {
  readonly memory: SharedArrayBuffer
  readonly keys: readonly [HashKey, HashKey]
}

/** What the answering threads get: accounts by block. */
export type RrlShared = Readonly<Record<number, BlockAccounts>>

interface RrlRunning extends Running {
  /** By configuration. */
  readonly accounts: ReadonlyMap<string, BlockAccounts>
}

export const rrlComponent: Component<RrlConfig, RrlRunning> = {
  async prepare({ directives }, previous, host) {
    const accounts = new Map<string, BlockAccounts>()
    const byBlock: Record<number, BlockAccounts> = {}
    for (const { block, config } of directives) {
      const key = JSON.stringify([block, config])
      const open = previous?.accounts.get(key) ?? openAccounts(config)
      accounts.set(key, open)
      byBlock[block] = open
    }
    return {
      share: (): RrlShared => byBlock,
      commit: () => ({
        accounts,
        families: () => rrlFamilies(host.counters('rrl')),
        stop: async () => {},
      }),
      async discard() {},
    }
  },
}

function openAccounts({ tableSize }: RrlConfig): BlockAccounts {
  return { memory: createAccounts(tableSize), keys: [randomHashKey(), randomHashKey()] }
}
