// Whether a cluster can be reached, has the CRDs and grants the fleet what it needs.
import type { FleetResource } from '../api/records.ts'
import type { ClusterFacts } from './facts.ts'
import { broken, failed, holds, type Link, unseen, warning } from './link.ts'
import { sentence } from './texts.ts'

/** Links of one cluster; `isNeeded` is false for a cluster that may have nothing to do with the service. */
export function clusterLinks(cluster: ClusterFacts, isNeeded: boolean): readonly Link[] {
  const { name, server, problem, kubectl } = cluster
  const at = { id: 'cluster', at: name } as const
  if (problem !== undefined) {
    const command = `${kubectl} get --raw /readyz`
    const text = sentence(`${name} does not answer: ${problem}`)
    return [isNeeded ? broken(at, text, command) : failed(at, text, command)]
  }
  return [
    holds(at, `${server}.`),
    ...crdLinks(cluster, isNeeded),
    ...unreadLinks(cluster),
    rights(cluster, isNeeded),
  ]
}

function crdLinks({ name, unread, kubectl }: ClusterFacts, isNeeded: boolean): readonly Link[] {
  const at = { id: 'crds', at: name } as const
  const missing = (['serviceexports', 'serviceimports'] as const).filter(
    (resource) => unread.get(resource)?.reason === 'missing',
  )
  if (missing.length === 0) return [holds(at, 'The MCS API is served.')]
  const text = `${name} does not serve ${missing.join(' and ')}: their CRDs are missing.`
  return [isNeeded ? broken(at, text, `${kubectl} apply -k deploy/crds`) : warning(at, text)]
}

/** The resources that our own credentials cannot read. */
function unreadLinks({ name, unread, kubectl }: ClusterFacts): readonly Link[] {
  const others = [...unread].filter(([, { reason }]) => reason !== 'missing')
  return others.map(([resource, { text }]) => {
    const command = `${kubectl} auth can-i list ${fullName(resource)} --all-namespaces`
    return failed(
      { id: 'rights', at: name },
      sentence(`${resource} cannot be read: ${text}`),
      command,
    )
  })
}

function fullName(resource: FleetResource): string {
  if (resource === 'endpointslices') return `${resource}.discovery.k8s.io`
  return resource.startsWith('service') && resource !== 'services'
    ? `${resource}.multicluster.x-k8s.io`
    : resource
}

function rights({ name, rights: found, kubectl }: ClusterFacts, isNeeded: boolean): Link {
  const at = { id: 'rights', at: name } as const
  if (found === undefined) {
    const command = 'clusterset-dns fleet check --config FILE'
    return unseen(at, `The permissions of the fleet in ${name} are not looked at.`, command)
  }
  const { account, missing, refusal } = found
  if (refusal !== undefined) {
    const text = sentence(`${name} refuses ${account.replace(/^The/, 'the')}: ${refusal}`)
    const command = `${kubectl} apply -k deploy/fleet/member`
    // Where the fleet may not read, it may not see an export.
    return isNeeded ? broken(at, text, command) : failed(at, text, command)
  }
  if (missing.length === 0) return holds(at, `${account} has all permissions.`)
  const shown = missing.slice(0, 3).join(', ')
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : ''
  const text = `${account} has no permission in ${name} to ${shown}${more}.`
  return isNeeded ? broken(at, text, `${kubectl} apply -k deploy/fleet/member`) : warning(at, text)
}
