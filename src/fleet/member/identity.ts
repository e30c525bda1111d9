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

const PROPERTY_NAME = 'cluster.clusterset.k8s.io'
const ABOUT_GROUP = 'about.k8s.io'

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
  const info = { verb: 'get', resource: 'clusterproperties', group: ABOUT_GROUP } as const
  const uid = await readUid(client, signal)
  for (const version of ['v1beta1', 'v1alpha1']) {
    try {
      const path = `/apis/${ABOUT_GROUP}/${version}/clusterproperties/${PROPERTY_NAME}`
      const property = await client.read({ info, path, accept: 'application/json', signal })
      const { value } = nestedObject(property, 'spec')
      if (isDnsLabel(value)) return { id: value, uid }
      const what = `its ClusterProperty ${PROPERTY_NAME} is ${show(value)}`
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
  readonly #members = new Map<string, Identity>()
  readonly #readRecords: () => Iterable<IdentityRecord>

  /** `readRecords` gives what outlives this process; a UID of '' there fits any cluster. */
  constructor(readRecords: () => Iterable<IdentityRecord> = () => []) {
    this.#readRecords = readRecords
  }

  /** Notes who `member` is; throws MEMBER when that is somebody else already, or was another before. */
  claim(member: string, { id, uid }: Identity): void {
    const records = [...this.#readRecords()]
    const record = records.find((one) => one.id === id)
    for (const [other, claimed] of this.#members) {
      if (other === member && claimed.id !== id) throw idChanged(claimed.id, id)
      // A record knows better: it is renewed when somebody has said that this is right.
      if (other === member && claimed.uid !== uid && record === undefined) throw clusterReplaced(id)
      if (other === member) continue
      if (claimed.id === id) throw notAMember(`its id "${id}" is that of member ${other}`)
      if (claimed.uid === uid) throw notAMember(`it is the same cluster as member ${other}`)
    }
    if (record !== undefined && record.uid !== '' && record.uid !== uid) throw clusterReplaced(id)
    const previous = records.find((one) => one.uid === uid && one.id !== id && !one.left)
    if (previous !== undefined) throw idChanged(previous.id, id)
    this.#members.set(member, { id, uid })
  }

  /** The member is there no more; its id and its cluster may be another one's. */
  forget(member: string): void {
    this.#members.delete(member)
  }
}

function idChanged(from: string, to: string): CodedError {
  return notAMember(
    `its id changed from "${from}" to "${to}"; ids are for life, unless you call "fleet leave ${from}" and restart the fleet`,
  )
}

function clusterReplaced(id: string): CodedError {
  return notAMember(
    'it is another cluster than before (the UID of kube-system changed); ' +
      `if it was rebuilt: clusterset-dns fleet join ${id}`,
  )
}

function notAMember(why: string): CodedError {
  return new CodedError('MEMBER', `it cannot be a member: ${why}`)
}
