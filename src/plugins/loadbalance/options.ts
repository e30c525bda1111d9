// The configuration of `loadbalance`, as plain data.
import type { PluginConfig } from '../../config.ts'
import type { Network } from '../../dns/network.ts'

/** The directive `loadbalance` after its setup. */
export interface LoadbalanceConfig extends PluginConfig {
  readonly plugin: 'loadbalance'
  /** The file of the policy `weighted`; undefined for `round_robin`. */
  readonly weighted: WeightedOptions | undefined
  /** Addresses in these networks come first, in their order; [] = no preference. */
  readonly prefer: readonly Network[]
}

export interface WeightedOptions {
  readonly path: string
  /** Milliseconds between two looks at the file; 0 = never again. */
  readonly reloadMs: number
}

/** True if packet threads rotate the addresses without looking at them. */
export function rotatesOnly({ weighted, prefer }: LoadbalanceConfig): boolean {
  return weighted === undefined && prefer.length === 0
}
