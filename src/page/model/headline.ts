// What somebody reads in five seconds: is the clusterset well, and if not, what is wrong.
import type { ServiceCounts } from '../../fleet/page/document.ts'
import type { FleetStatus } from '../../fleet/status/document.ts'
import { addressOf, tableAddress } from './address.ts'
import { clusterState, count, list, plural, type Tone } from './words.ts'

type Status = Pick<FleetStatus, 'hub' | 'leader' | 'clusters'>

/** One sentence, and what there is to look at. */
export interface Headline {
  readonly tone: Tone
  readonly title: string
  /** Where the title leads; undefined when there is nothing to look at. */
  readonly href?: string
  /** The worst first; each leads to the view that says more. */
  readonly causes: readonly Cause[]
}

export interface Cause {
  readonly tone: Tone
  readonly text: string
  readonly href: string
}

/** The headline of a fleet; `services` is undefined until they are counted. */
export function headlineOf(status: Status, services: ServiceCounts | undefined): Headline {
  const causes = [
    ...hubCauses(status),
    ...clusterCauses(status),
    ...(services === undefined ? [] : serviceCauses(services)),
    ...retryCauses(status),
  ]
  const worst =
    causes.find(({ tone }) => tone === 'bad') ?? causes.find(({ tone }) => tone === 'warn')
  if (status.clusters.length === 0) {
    return { tone: 'unknown', title: 'This fleet has no clusters yet.', causes }
  }
  const starting = status.clusters.filter(({ state }) => state === 'starting')
  if (worst === undefined && starting.length > 0) {
    return { tone: 'unknown', title: `Reading ${list(starting.map(({ name }) => name))} …`, causes }
  }
  if (worst === undefined)
    return { tone: 'good', title: `All is well: ${summary(status, services)}.`, causes }
  const others = causes.filter((one) => one !== worst)
  return { tone: worst.tone, title: worst.text, href: worst.href, causes: others }
}

function summary({ clusters }: Status, services: ServiceCounts | undefined): string {
  const ready = clusters.filter(({ state }) => state === 'ready').length
  const inSync = `${plural(ready, 'cluster')} in sync`
  return services === undefined ? inSync : `${inSync}, ${plural(services.total, 'service')}`
}

function hubCauses({ hub, leader }: Status): readonly Cause[] {
  const href = addressOf({ view: 'map', cluster: hub.member ?? '' })
  if (!hub.reached) return [{ tone: 'bad', text: `The hub is not reached: ${hub.message}`, href }]
  if (leader.holder !== '') return []
  return [{ tone: 'bad', text: 'No replica leads the fleet: nothing is written.', href }]
}

/** One line for all clusters in the same state. */
function clusterCauses({ clusters }: Status): readonly Cause[] {
  const broken = clusters.filter(({ state }) => clusterState(state).tone === 'bad')
  const byState = Map.groupBy(broken, ({ state }) => state)
  return [...byState].map(([state, some]) => {
    const names = some.map(({ name }) => name)
    const [first] = some
    const how = {
      away: 'cannot be reached',
      'crds-missing': `${some.length === 1 ? 'does' : 'do'} not serve the MCS API`,
      forbidden: `${some.length === 1 ? 'refuses' : 'refuse'} the credentials of the fleet`,
    }[state as string]
    const text =
      how ??
      (some.length === 1 ? `is ${clusterState(state).word}` : `are ${clusterState(state).word}`)
    const where =
      clusters.length > 1 && some.length > 1
        ? ` (${some.length} of ${clusters.length} clusters)`
        : ''
    return {
      tone: 'bad',
      text: `${list(names)} ${text}${where}.`,
      href: addressOf({ view: 'map', cluster: first?.name ?? '' }),
    }
  })
}

function serviceCauses(services: ServiceCounts): readonly Cause[] {
  const causes: Cause[] = []
  const add = (value: number, tone: Tone, text: string, href: string) => {
    if (value > 0) causes.push({ tone, text, href })
  }
  const { broken, conflicts, failed, warning, unseen, total } = services
  const verb = (value: number, one: string, many: string) => (value === 1 ? one : many)
  add(
    broken,
    'bad',
    `${count(broken)} of ${plural(total, 'service')} ${verb(broken, 'is', 'are')} broken.`,
    tableAddress({ state: 'broken' }),
  )
  add(
    conflicts,
    'warn',
    `${plural(conflicts, 'service')} ${verb(conflicts, 'has', 'have')} exports that disagree.`,
    tableAddress({ conflict: 'yes' }),
  )
  add(
    failed,
    'unknown',
    `${plural(failed, 'service')} could not be looked at.`,
    tableAddress({ state: 'failed' }),
  )
  add(
    warning,
    'idle',
    `${plural(warning, 'service')} ${verb(warning, 'has', 'have')} a warning.`,
    tableAddress({ state: 'warning' }),
  )
  add(
    unseen,
    'idle',
    `${plural(unseen, 'service')} ${verb(unseen, 'is', 'are')} still being read.`,
    tableAddress({ state: 'unseen' }),
  )
  return causes
}

function retryCauses({ clusters }: Status): readonly Cause[] {
  const retrying = clusters.reduce((sum, one) => sum + (one.retrying ?? 0), 0)
  if (retrying === 0) return []
  const text = `${plural(retrying, 'write')} failed and will be retried.`
  return [{ tone: 'warn', text, href: addressOf({ view: 'changes', cluster: '' }) }]
}
