// The configuration of `autopath`, as plain data.
import type { PluginConfig } from '../../config.ts'

export interface AutopathConfig extends PluginConfig {
  readonly plugin: 'autopath'
  /** The zones whose names are completed, lower-case FQDNs. */
  readonly zones: readonly string[]
  /** The directive that knows the search list of each client; undefined: all clients have `search`. */
  readonly from?: string
  /** The search domains, lower-case FQDNs. With `from`, those that follow the client's own. */
  readonly search: readonly string[]
}
