// Refuses a configuration whose sources can never be read, before anything is opened for it.
import { CodedError } from '../../errors.ts'
import type { Host } from '../plugin.ts'
import type { MulticlusterConfig } from './options.ts'
import { sourceKey } from './table-key.ts'

/**
 * Checks each source once, also those that the previous configuration has open: a reload refuses what a fresh start
 * refuses. Rejects with "plugin/NAME: " before the reason.
 */
export async function checkSources(
  configs: readonly MulticlusterConfig[],
  host: Pick<Host, 'checkSource'>,
): Promise<void> {
  const bySource = new Map(configs.map((config) => [sourceKey(config.source), config]))
  const check = async ({ plugin, source }: MulticlusterConfig) => {
    try {
      await host.checkSource(source)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      throw new CodedError(error.code, `plugin/${plugin}: ${error.message}`, { cause: error })
    }
  }
  await Promise.all([...bySource.values()].map(check))
}
