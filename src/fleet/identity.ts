// Who a member is: its id in the clusterset (ClusterProperty of KEP-2149 where it has one, else as configured) and
// the UID of its kube-system namespace, which no two clusters share. A name that is taken, or a cluster that is a
// member already, is refused: endpoints would be ascribed to the wrong one.

import { CodedError } from '../errors.ts'
import type { ApiClient } from '../kube/api-client.ts'
import { ApiError } from '../kube/api-error.ts'
import { isDnsLabel } from '../kube/fields.ts'
import { show } from '../kube/flaws.ts'
import { at, text } from './raw-fields.ts'

export interface Identity {
  readonly id: string
  readonly uid: string
}

const PROPERTY = 'cluster.clusterset.k8s.io'
const ABOUT = 'about.k8s.io'

/** Asks the cluster; `configured` is its id where it says none itself. Rejects with ApiError or MEMBER. */
export async function readIdentity(
  client: ApiClient,
  configured: string,
  signal: AbortSignal,
): Promise<Identity> {
  const get = (path: string, resource: string, group: string) =>
    client.read({
      ask: { verb: 'get', resource, group },
      path,
      accept: 'application/json',
      signal,
    })
  const system = await get('/api/v1/namespaces/kube-system', 'namespaces', '')
  const uid = text(at(system, 'metadata').uid)
  for (const version of ['v1beta1', 'v1alpha1']) {
    try {
      const path = `/apis/${ABOUT}/${version}/clusterproperties/${PROPERTY}`
      const { value } = at(await get(path, 'clusterproperties', ABOUT), 'spec')
      if (isDnsLabel(value)) return { id: value, uid }
      const what = `its ClusterProperty ${PROPERTY} is ${show(value)}`
      throw new CodedError('MEMBER', `${what}, not one lower-case DNS label`)
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
    }
  }
  return { id: configured, uid }
}

/** The members that are known by now. */
export class Identities {
  readonly #known = new Map<string, Identity>()

  /** Notes who `member` is; throws MEMBER when that is somebody else already, or was another before. */
  claim(member: string, { id, uid }: Identity): void {
    for (const [other, known] of this.#known) {
      if (other === member && known.id !== id) {
        throw refused(`its id changed from "${known.id}" to "${id}"; ids are for life`)
      }
      if (other === member && known.uid !== uid) {
        throw refused('it is another cluster than before (the UID of kube-system changed)')
      }
      if (other === member) continue
      if (known.id === id) throw refused(`its id "${id}" is that of member ${other}`)
      if (known.uid === uid) throw refused(`it is the same cluster as member ${other}`)
    }
    this.#known.set(member, { id, uid })
  }
}

function refused(why: string): CodedError {
  return new CodedError('MEMBER', `it cannot be a member: ${why}`)
}
