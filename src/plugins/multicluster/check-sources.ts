// Refuses a configuration whose sources can never be read, before anything is opened for it.
import { CodedError } from '../../errors.ts'
import type { Host } from '../plugin.ts'
import type { DirectivePlan } from './plan.ts'

/**
 * Checks each source once, also those that the previous configuration has open: a reload refuses what a fresh start
 * refuses. Rejects with "plugin/NAME: " before the reason. Resolves to the text that names the cluster of each, by
 * `DirectivePlan.sourceKey`.
 */
export async function checkSources(
  plans: readonly DirectivePlan[],
  host: Pick<Host, 'checkSource' | 'checkSnapshot'>,
): Promise<ReadonlyMap<string, string>> {
  const bySource = new Map(plans.map((plan) => [plan.sourceKey, plan]))
  const check = async ([key, plan]: [string, DirectivePlan]): Promise<[string, string]> => {
    const { plugin, request, snapshot } = plan
    try {
      if (snapshot !== undefined) host.checkSnapshot(snapshot.file)
      return [key, await host.checkSource(request.spec)]
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      throw new CodedError(error.code, `plugin/${plugin}: ${error.message}`, { cause: error })
    }
  }
  return new Map(await Promise.all([...bySource].map(check)))
}
