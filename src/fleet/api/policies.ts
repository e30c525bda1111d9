// Session affinity and traffic policies as an API server accepts them, with its defaults filled in. Unknown
// values count as absent.
import type { Policies } from './types.ts'

/** Values of trafficDistribution (Kubernetes 1.35). */
export const DISTRIBUTIONS: readonly string[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
/** Seconds; the default of Kubernetes for sessionAffinityConfig.clientIP.timeoutSeconds. */
const TIMEOUT_DEFAULT = 10_800
/** Seconds; the largest timeout that Kubernetes accepts. */
const TIMEOUT_MAX = 86_400

/** The policies with the defaults "None" and "Cluster"; the timeout (seconds) is set for ClientIP only. */
export function usablePolicies(policies: Policies): Policies {
  const { sessionAffinity, internalTrafficPolicy, trafficDistribution } = policies
  const sticky = sessionAffinity === 'ClientIP'
  return {
    sessionAffinity: sticky ? 'ClientIP' : 'None',
    affinityTimeout: sticky ? usableTimeout(policies.affinityTimeout) : undefined,
    internalTrafficPolicy: internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    trafficDistribution: DISTRIBUTIONS.includes(trafficDistribution) ? trafficDistribution : '',
  }
}

/** The import's `own` policies; each absent one is taken from `fallback`. */
export function preferPolicies(own: Policies, fallback: Policies): Policies {
  const affinity = own.sessionAffinity === '' ? fallback : own
  return usablePolicies({
    sessionAffinity: affinity.sessionAffinity,
    affinityTimeout: affinity.affinityTimeout ?? fallback.affinityTimeout,
    internalTrafficPolicy: own.internalTrafficPolicy || fallback.internalTrafficPolicy,
    trafficDistribution: own.trafficDistribution || fallback.trafficDistribution,
  })
}

function usableTimeout(seconds: number | undefined): number {
  const usable = Number.isInteger(seconds) && seconds! >= 1 && seconds! <= TIMEOUT_MAX
  return usable ? seconds! : TIMEOUT_DEFAULT
}
