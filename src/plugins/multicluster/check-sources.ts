// Refuses a configuration whose sources can never be read, before anything is opened for it.
import { CodedError } from '../../errors.ts'
import type { Host } from '../plugin.ts'
import type { DirectivePlan } from './plan.ts'

/**
 * Checks each source once, also those that the previous configuration has open: a reload refuses what a fresh start
 * refuses. Rejects with "plugin/NAME: " before the reason.
 */
export async function checkSources(
  plans: readonly DirectivePlan[],
  host: Pick<Host, 'checkSource'>,
): Promise<void> {
  const bySource = new Map(plans.map((plan) => [plan.sourceKey, plan]))
  const check = async ({ plugin, request }: DirectivePlan) => {
    try {
      await host.checkSource(request.spec)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      throw new CodedError(error.code, `plugin/${plugin}: ${error.message}`, { cause: error })
    }
  }
  await Promise.all([...bySource.values()].map(check))
}
