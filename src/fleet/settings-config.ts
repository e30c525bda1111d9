// The groups of settings of fleet.yaml. Each reader gets the value of its group; absent fields have the defaults.
import { show } from '../kube/fields.ts'
import { MB } from '../kube/receive-limits.ts'
import { type UnsafeFeature, unsafeFeatures } from '../kube/unsafe-fields.ts'
import { defaultExportLimits, type ExportLimits } from './api/export-limits.ts'
import { type Fail, fieldsAt, mapAll, readNumbers } from './config-document.ts'
import { defaultRateLimits, type RateLimits } from './controller/rate-limiter.ts'
import { defaultLeaderTimes, type LeaderTimes } from './hub/leader-election.ts'
import { defaultLeaseTimes, type LeaseTimes } from './hub/lease-state.ts'
import { DEFAULT_MEMBER_BYTES } from './member/member-limits.ts'

/** Less would refuse the largest objects of Kubernetes: a response may have an eighth of it. */
const MIN_MEMBER_MEGABYTES = 48

/** `exportLimits`: how much one export may bring. */
export function readExportLimits(raw: unknown, fail: Fail): ExportLimits {
  if (raw === undefined) return defaultExportLimits
  return readNumbers(raw, 'exportLimits', defaultExportLimits, fail, 'whole number')
}

/** `leases`: until an unreachable member is suspect and expired. */
export function readLeases(raw: unknown, fail: Fail): LeaseTimes {
  if (raw === undefined) return defaultLeaseTimes
  const { suspectAfter, expireAfter } = defaultLeaseTimes
  const defaults = { suspectSeconds: suspectAfter / 1000, expireSeconds: expireAfter / 1000 }
  const seconds = readNumbers(raw, 'leases', defaults, fail)
  const { suspectSeconds, expireSeconds } = seconds
  if (expireSeconds <= suspectSeconds) {
    const text = `leases.expireSeconds must be greater than ${suspectSeconds}`
    fail(['leases', 'expireSeconds'], text)
  }
  return {
    ...defaultLeaseTimes,
    suspectAfter: suspectSeconds * 1000,
    expireAfter: expireSeconds * 1000,
  }
}

/** `leader`: the times of the leader election. */
export function readLeader(raw: unknown, fail: Fail): LeaderTimes {
  if (raw === undefined) return defaultLeaderTimes
  const { leaseSeconds = defaultLeaderTimes.lease / 1000 } = fieldsAt(
    raw,
    ['leader'],
    ['leaseSeconds'],
    fail,
  )
  if (typeof leaseSeconds !== 'number' || !Number.isInteger(leaseSeconds) || leaseSeconds < 3) {
    const text = `leader.leaseSeconds is ${show(leaseSeconds)}, not a whole number of at least 3`
    return fail(['leader', 'leaseSeconds'], text)
  }
  // Scales all times in the proportions of the defaults.
  const scale = (leaseSeconds * 1000) / defaultLeaderTimes.lease
  const { lease, renew, retry } = defaultLeaderTimes
  return { lease: lease * scale, renew: renew * scale, retry: retry * scale }
}

/** `memory`: how many bytes of objects are kept of each member. */
export function readMemory(raw: unknown, fail: Fail): number {
  if (raw === undefined) return DEFAULT_MEMBER_BYTES
  const { memberMegabytes = DEFAULT_MEMBER_BYTES / MB } = fieldsAt(
    raw,
    ['memory'],
    ['memberMegabytes'],
    fail,
  )
  if (typeof memberMegabytes === 'number' && memberMegabytes >= MIN_MEMBER_MEGABYTES) {
    return memberMegabytes * MB
  }
  const rule = `not a number of at least ${MIN_MEMBER_MEGABYTES}`
  const text = `memory.memberMegabytes is ${show(memberMegabytes)}, ${rule}`
  return fail(['memory', 'memberMegabytes'], text)
}

/** `memberSecrets`: the unsafe features that kubeconfigs in Secrets may use. */
export function readSecretsAllow(raw: unknown, fail: Fail): readonly UnsafeFeature[] {
  if (raw === undefined) return []
  const path = ['memberSecrets', 'allow']
  const { allow = [] } = fieldsAt(raw, ['memberSecrets'], ['allow'], fail)
  const rule = `not a list of ${unsafeFeatures.join(', ')}`
  if (!Array.isArray(allow)) return fail(path, `memberSecrets.allow is ${show(allow)}, ${rule}`)
  return mapAll(allow, (value: unknown, i) => {
    const feature = unsafeFeatures.find((one) => one === value)
    if (feature !== undefined) return feature
    return fail([...path, i], `memberSecrets.allow has ${show(value)}, ${rule}`)
  })
}

/** The page with the state of the fleet. */
export interface PageSettings {
  /** True when the fleet serves it. */
  readonly enabled: boolean
  /** Names by which an ingress or a proxy reaches the fleet; whoever sends one in the Host header may read its state. */
  readonly hosts: readonly string[]
}

export const defaultPage: PageSettings = { enabled: false, hosts: [] }

/** `page`: whether the page is served, and for which names. */
export function readPage(raw: unknown, fail: Fail): PageSettings {
  if (raw === undefined) return defaultPage
  const fields = fieldsAt(raw, ['page'], ['enabled', 'hosts'], fail)
  const { enabled = defaultPage.enabled, hosts = defaultPage.hosts } = fields
  if (typeof enabled !== 'boolean') {
    return fail(['page', 'enabled'], `page.enabled is ${show(enabled)}, not true or false`)
  }
  const rule = 'not a list of host names in lower case, without a port'
  const path = ['page', 'hosts']
  if (!Array.isArray(hosts)) return fail(path, `page.hosts is ${show(hosts)}, ${rule}`)
  const names = mapAll(hosts, (host: unknown, i) => {
    const isName = typeof host === 'string' && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host)
    return isName ? host : fail([...path, i], `page.hosts has ${show(host)}, ${rule}`)
  })
  return { enabled, hosts: names }
}

/** `writes`: the rate limit of the writes to each cluster. */
export function readWriteLimits(raw: unknown, fail: Fail): RateLimits {
  return raw === undefined ? defaultRateLimits : readNumbers(raw, 'writes', defaultRateLimits, fail)
}
