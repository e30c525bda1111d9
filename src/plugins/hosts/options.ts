// The configuration of `hosts`, as plain data.
import type { PluginConfig } from '../../config.ts'

export interface HostsConfig extends PluginConfig {
  readonly plugin: 'hosts'
  readonly path: string
  /** Lower-case FQDNs. */
  readonly zones: readonly string[]
  /** Lines of the Corefile in the form of a hosts file. */
  readonly inline: readonly string[]
  /** Seconds, 1 to 65,535. */
  readonly ttl: number
  /** False with `no_reverse`. */
  readonly reverse: boolean
  /** Milliseconds between two looks at the file; 0 = never again. */
  readonly reloadMs: number
  /** Names in these zones that do not exist go to the next plugin; [] = none. */
  readonly fallthrough: readonly string[]
  /** True: in these zones questions of other types than A, AAAA and PTR go to the next plugin too. */
  readonly fallthroughUnsupported: boolean
}
