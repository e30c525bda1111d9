// Session affinity and traffic policies as an API server takes them, with its defaults filled in. What is
// no known value counts as absent.
import type { Policies } from './types.ts'

/** Values of trafficDistribution (Kubernetes 1.35). */
export const DISTRIBUTIONS: readonly string[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
/** Seconds; the default of Kubernetes, and its bounds. */
const TIMEOUT_DEFAULT = 10_800
const TIMEOUT_MAX = 86_400

/** The policies with defaults: "None", "Cluster", and a timeout for ClientIP only. */
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

/** The import's own policies; where it has none, those of `fallback`. */
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
