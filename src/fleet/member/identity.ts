// Who a member is: its id in the clusterset (ClusterProperty of KEP-2149 where it has one, else as configured) and
// the UID of its kube-system namespace, which no two clusters share. A name that is taken, or a cluster that is a
// member already, is refused: endpoints would be ascribed to the wrong one.
import { CodedError } from '../../errors.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { isDnsLabel, show } from '../../kube/fields.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'

export interface Identity {
  readonly id: string
  readonly uid: string
}

const PROPERTY = 'cluster.clusterset.k8s.io'
const ABOUT = 'about.k8s.io'

/** UID of the cluster's kube-system namespace. Rejects with ApiError. */
export async function readUid(client: ApiClient, signal: AbortSignal): Promise<string> {
  const path = '/api/v1/namespaces/kube-system'
  const info = { verb: 'get', resource: 'namespaces', group: '' } as const
  const system = await client.read({ info, path, accept: 'application/json', signal })
  return stringOf(nestedObject(system, 'metadata').uid)
}

/** Asks the cluster; `configured` is its id where it says none itself. Rejects with ApiError or MEMBER. */
export async function readIdentity(
  client: ApiClient,
  configured: string,
  signal: AbortSignal,
): Promise<Identity> {
  const info = { verb: 'get', resource: 'clusterproperties', group: ABOUT } as const
  const uid = await readUid(client, signal)
  for (const version of ['v1beta1', 'v1alpha1']) {
    try {
      const path = `/apis/${ABOUT}/${version}/clusterproperties/${PROPERTY}`
      const property = await client.read({ info, path, accept: 'application/json', signal })
      const { value } = nestedObject(property, 'spec')
      if (isDnsLabel(value)) return { id: value, uid }
      const what = `its ClusterProperty ${PROPERTY} is ${show(value)}`
      throw new CodedError('MEMBER', `${what}, not one lower-case DNS label`)
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
    }
  }
  return { id: configured, uid }
}

/** What is on record of a clusterset: which cluster has, or had, an id. */
export interface IdentityRecord extends Identity {
  /** True when it has left: its id no longer counts, and it may come back as another. */
  readonly left: boolean
}

/** The members that are known by now. */
export class Identities {
  readonly #known = new Map<string, Identity>()
  readonly #onRecord: () => Iterable<IdentityRecord>

  /** `onRecord` gives what outlives this process; a UID of '' there fits any cluster. */
  constructor(onRecord: () => Iterable<IdentityRecord> = () => []) {
    this.#onRecord = onRecord
  }

  /** Notes who `member` is; throws MEMBER when that is somebody else already, or was another before. */
  claim(member: string, { id, uid }: Identity): void {
    const records = [...this.#onRecord()]
    const record = records.find((one) => one.id === id)
    for (const [other, known] of this.#known) {
      if (other === member && known.id !== id) throw renamed(known.id, id)
      // A record knows better: it is renewed when somebody has said that this is right.
      if (other === member && known.uid !== uid && record === undefined) throw rebuilt(id)
      if (other === member) continue
      if (known.id === id) throw refused(`its id "${id}" is that of member ${other}`)
      if (known.uid === uid) throw refused(`it is the same cluster as member ${other}`)
    }
    if (record !== undefined && record.uid !== '' && record.uid !== uid) throw rebuilt(id)
    const former = records.find((one) => one.uid === uid && one.id !== id && !one.left)
    if (former !== undefined) throw renamed(former.id, id)
    this.#known.set(member, { id, uid })
  }

  /** The member is there no more; its id and its cluster may be another one's. */
  forget(member: string): void {
    this.#known.delete(member)
  }
}

function renamed(from: string, to: string): CodedError {
  return refused(
    `its id changed from "${from}" to "${to}"; ids are for life, unless you call "fleet leave ${from}" and restart the fleet`,
  )
}

function rebuilt(id: string): CodedError {
  return refused(
    'it is another cluster than before (the UID of kube-system changed); ' +
      `if it was rebuilt: clusterset-dns fleet join ${id}`,
  )
}

function refused(why: string): CodedError {
  return new CodedError('MEMBER', `it cannot be a member: ${why}`)
}
