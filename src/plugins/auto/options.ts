// The options of `auto`, as plain data for all threads.
import type { PluginConfig } from '../../config.ts'

export interface AutoConfig extends PluginConfig {
  readonly plugin: 'auto'
  /** Lower-case FQDNs: other names go to the next plugin. */
  readonly origins: readonly string[]
  /** '' without the option: there are no zones. */
  readonly directory: string
  /** In RE2 syntax, matched somewhere in the name of a file. */
  readonly pattern: string
  /** The name of the zone, with `${1}` for what the first group of the pattern matched. */
  readonly template: string
  /** Milliseconds between two looks at the directory and its files; 0 = they are read once. */
  readonly reloadMs: number
}
