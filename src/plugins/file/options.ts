// The options of `file`, as plain data for all threads.
import type { PluginConfig } from '../../config.ts'

/** One line of the directive. */
export interface FileZones {
  readonly path: string
  /** Lower-case FQDNs. */
  readonly zones: readonly string[]
  /** Milliseconds between two looks at the file; 0 = it is read once. */
  readonly reloadMs: number
  /** True: a change of the time of the file counts, whatever its serial. */
  readonly byTime: boolean
}

export interface FileConfig extends PluginConfig {
  readonly plugin: 'file'
  readonly files: readonly FileZones[]
  /** The zones whose missing names go to the next plugin. */
  readonly fallthrough: readonly string[]
}
