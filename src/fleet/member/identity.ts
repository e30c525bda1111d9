// The identity of a member: its id in the clusterset (its ClusterProperty of KEP-2149, else the configured id) and
// the UID of its kube-system namespace, which is unique to a cluster. An id or a cluster that another member
// already has is refused: endpoints would be attributed to the wrong cluster.
import { CodedError } from '../../errors.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { isDnsLabel, isWrong, show } from '../../kube/fields.ts'
import { nestedObject, stringOf, timeOf } from '../api/unstructured.ts'

export interface Identity {
  /** Id in the clusterset. */
  readonly id: string
  /** UID of the kube-system namespace. */
  readonly uid: string
}

/** An identity as read from the cluster. */
export interface ReadIdentity extends Identity {
  /** creationTimestamp of the kube-system namespace. */
  readonly created: string
}

const PROPERTY_NAME = 'cluster.clusterset.k8s.io'
const ABOUT_GROUP = 'about.k8s.io'

/** Longer than any UID of Kubernetes, which has 36 characters. */
const MAX_UID = 128

/** Reads the cluster's kube-system namespace. Rejects with ApiError, or with CodedError MEMBER. */
export async function readSystem(
  client: ApiClient,
  signal: AbortSignal,
): Promise<Omit<ReadIdentity, 'id'>> {
  const path = '/api/v1/namespaces/kube-system'
  const info = { verb: 'get', resource: 'namespaces', group: '' } as const
  const system = await client.read({ info, path, accept: 'application/json', signal })
  const { uid, creationTimestamp } = nestedObject(system, 'metadata')
  const text = stringOf(uid)
  if (text.length <= MAX_UID) return { uid: text, created: timeOf(creationTimestamp) }
  throw new CodedError('MEMBER', `the UID of its kube-system namespace is ${show(uid)}`)
}

/**
 * Reads the identity from the cluster; `configured` is the id when it has no ClusterProperty. Rejects with ApiError,
 * or with CodedError MEMBER when the ClusterProperty is invalid.
 */
export async function readIdentity(
  client: ApiClient,
  configured: string,
  signal: AbortSignal,
): Promise<ReadIdentity> {
  const info = { verb: 'get', resource: 'clusterproperties', group: ABOUT_GROUP } as const
  const system = await readSystem(client, signal)
  for (const version of ['v1beta1', 'v1alpha1']) {
    try {
      const path = `/apis/${ABOUT_GROUP}/${version}/clusterproperties/${PROPERTY_NAME}`
      const property = await client.read({ info, path, accept: 'application/json', signal })
      const { value } = nestedObject(property, 'spec')
      if (isDnsLabel(value)) return { id: value, ...system }
      const rule = isWrong(value, 'one lower-case DNS label')
      throw new CodedError('MEMBER', `its ClusterProperty ${PROPERTY_NAME} ${rule}`)
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
    }
  }
  return { id: configured, ...system }
}

/** A recorded identity: the cluster that has, or had, an id. */
export interface IdentityRecord extends Identity {
  /** True when the cluster left: it may join again under another id. */
  readonly left: boolean
}

/** The identities of the members; no two members share an id or a cluster. */
export class Identities {
  readonly #members = new Map<string, Identity>()
  readonly #readRecords: () => Iterable<IdentityRecord>

  /** `readRecords` returns the identities that outlive this process; a UID of '' matches any cluster. */
  constructor(readRecords: () => Iterable<IdentityRecord> = () => []) {
    this.#readRecords = readRecords
  }

  /**
   * Records the identity of `member`. Throws CodedError MEMBER when another member has that id or cluster, or when
   * the member had another identity before.
   */
  claim(member: string, { id, uid }: Identity): void {
    const records = [...this.#readRecords()]
    const record = records.find((one) => one.id === id)
    for (const [other, claimed] of this.#members) {
      if (other === member && claimed.id !== id) throw idChanged(claimed.id, id)
      // A record takes precedence: `fleet join` resets it to accept a rebuilt cluster.
      if (other === member && claimed.uid !== uid && record === undefined) throw clusterReplaced(id)
      if (other === member) continue
      if (claimed.id === id) throw notAMember(`its id "${id}" is already used by member ${other}`)
      if (claimed.uid === uid) throw notAMember(`it is the same cluster as member ${other}`)
    }
    if (record !== undefined && record.uid !== '' && record.uid !== uid) throw clusterReplaced(id)
    const previous = records.find((one) => one.uid === uid && one.id !== id && !one.left)
    if (previous !== undefined) throw idChanged(previous.id, id)
    this.#members.set(member, { id, uid })
  }

  /** Removes the member; its id and its cluster may be claimed again. */
  forget(member: string): void {
    this.#members.delete(member)
  }
}

function idChanged(from: string, to: string): CodedError {
  return notAMember(
    `its id changed from "${from}" to "${to}"; to change the id of a cluster, run ` +
      `clusterset-dns fleet leave ${from} and restart the fleet`,
  )
}

function clusterReplaced(id: string): CodedError {
  return notAMember(
    'it is a different cluster than before (the UID of kube-system changed); ' +
      `if it was rebuilt: clusterset-dns fleet join ${id}`,
  )
}

function notAMember(why: string): CodedError {
  return new CodedError('MEMBER', `it cannot be a member: ${why}`)
}
