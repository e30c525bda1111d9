// Members from Secrets in the hub's namespace. The label carries the member's id, the key `kubeconfig` its kubeconfig,
// and the key `policy` what the member may do.
// Secrets may be added, changed and deleted while the fleet runs. New credentials replace the old ones without a new
// list, invalid content changes nothing, and deleting a Secret makes its member unreachable.

import { errorText } from '../../errors.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import type { Clock } from '../../kube/clock.ts'
import { isDnsLabel } from '../../kube/fields.ts'
import type { UnsafeFeature } from '../../kube/unsafe-fields.ts'
import type { Log } from '../../log.ts'
import { type MemberPolicy, openPolicy } from '../api/member-policy.ts'
import { HUB_NAMESPACE, ID_RULE, MEMBER_LABEL } from '../api/names.ts'
import type { ObjectId } from '../api/types.ts'
import { nestedObject, stringMapOf, stringOf } from '../api/unstructured.ts'
import { parsePolicy } from '../policy-config.ts'
import type { ObjectCache } from './object-cache.ts'

/** Milliseconds until a rejected kubeconfig is checked again: the cause may have been a shortage on this machine. */
const RETRY_MS = 60_000

/** The fields of a member Secret that the fleet reads. */
export interface MemberSecret {
  readonly name: string
  /** The configured id of the member. */
  readonly id: string
  /** The text of the kubeconfig; '' when missing. */
  readonly kubeconfig: string
  /** The text of the policy; '' when missing: the defaults of the configuration apply. */
  readonly policy: string
  /** The version of the Secret that was read. */
  readonly object: ObjectId
}

/** A member opened from a Secret. */
interface SecretMember {
  reloadCredentials(): void
}

interface MemberSecretsOptions<M extends SecretMember> {
  readonly secrets: ObjectCache<MemberSecret>
  /** Ids of the members in the configuration. */
  readonly configured: ReadonlySet<string>
  /** The policy where a Secret does not set another. */
  readonly defaults: MemberPolicy
  /** The unsafe features that the kubeconfigs may use. */
  readonly allow: readonly UnsafeFeature[]
  readonly log: Log
  readonly clock: Clock
  /** Once aborted, no member is opened. */
  readonly signal: AbortSignal
  /** Rejects with the reason when the kubeconfig is unusable; `from` names its source in error texts. */
  readonly check: (kubeconfig: string, from: string) => Promise<void>
  readonly open: (id: string, spec: ApiSpec) => M
  readonly close: (member: M) => void
  /** Called when the policy of an open member has changed. */
  readonly policyChanged: () => void
}

interface OpenMember<M> {
  readonly id: string
  readonly member: M
  kubeconfig: string
  policyText: string
  policy: MemberPolicy
}

/** Reads a raw Secret; without a label its name is the id. */
export function secretFromObject(raw: unknown): MemberSecret {
  const metadata = nestedObject(raw, 'metadata')
  const name = stringOf(metadata.name)
  const data = nestedObject(raw, 'data')
  const textOf = (key: string) => Buffer.from(stringOf(data[key]), 'base64').toString('utf8')
  return {
    name,
    id: stringMapOf(metadata.labels)[MEMBER_LABEL] || name,
    kubeconfig: textOf('kubeconfig'),
    policy: textOf('policy'),
    object: {
      name,
      uid: stringOf(metadata.uid),
      resourceVersion: stringOf(metadata.resourceVersion),
    },
  }
}

/** Opens, updates and closes members as the Secrets change. */
export class MemberSecrets<M extends SecretMember> {
  readonly #options: MemberSecretsOptions<M>
  readonly #members = new Map<string, OpenMember<M>>()
  /** Rejected kubeconfigs with the reason, by name of the Secret. */
  readonly #rejected = new Map<string, { readonly kubeconfig: string; readonly problem: string }>()
  /** Cancels the next check of the rejected kubeconfigs; undefined when none is scheduled. */
  #retry: (() => void) | undefined
  /** The error logged last, by name of the Secret. */
  readonly #loggedErrors = new Map<string, string>()
  #work: Promise<void> = Promise.resolve()
  #pending = 0

  constructor(options: MemberSecretsOptions<M>) {
    this.#options = options
    options.secrets.subscribe(() => this.#scheduleSync())
    options.signal.addEventListener('abort', () => this.#retry?.(), { once: true })
  }

  /** True when the Secrets are listed and every valid one has its member open. */
  get settled(): boolean {
    return this.#options.secrets.listed && this.#pending === 0
  }

  /** The policy of the open member with this configured id; undefined when no Secret defines it. */
  policyOf(id: string): MemberPolicy | undefined {
    return this.#members.values().find((member) => member.id === id)?.policy
  }

  /** The members, each with its Secret, whose kubeconfig is in use; without those whose new content is not accepted. */
  *withSecrets(): Iterable<{ readonly member: M; readonly secret: MemberSecret }> {
    for (const [name, { member, kubeconfig }] of this.#members) {
      const secret = this.#options.secrets.objects.get(name)
      if (secret?.kubeconfig === kubeconfig) yield { member, secret }
    }
  }

  /** Why Secrets define no member, by the id that they name. */
  get refused(): ReadonlyMap<string, string> {
    const unused = [...this.#loggedErrors].filter(([name]) => !this.#members.has(name))
    return new Map(
      unused.flatMap(([name, problem]) => {
        const id = this.#options.secrets.objects.get(name)?.id
        return id === undefined ? [] : [[id, `${secretName(name)}: ${problem}`]]
      }),
    )
  }

  #scheduleSync(): void {
    this.#pending++
    this.#work = this.#work
      .then(() => this.#sync())
      .finally(() => {
        this.#pending--
      })
  }

  async #sync(): Promise<void> {
    const { secrets, log, close, signal } = this.#options
    if (signal.aborted) return
    // Deletions come first, so that a new Secret can take over the id of a deleted one.
    for (const [name, { id, member }] of this.#members) {
      if (secrets.objects.has(name)) continue
      this.#members.delete(name)
      log.warning(
        `cluster ${id}: its Secret ${HUB_NAMESPACE}/${name} was deleted, so the cluster is unreachable; ` +
          `what other clusters import from it is kept until "fleet leave ${id}"`,
        { cluster: id, resource: 'secrets', namespace: HUB_NAMESPACE, name },
      )
      close(member)
    }
    for (const name of this.#loggedErrors.keys()) if (!secrets.objects.has(name)) this.#forget(name)
    for (const secret of [...secrets.objects.values()]) await this.#syncSecret(secret)
  }

  async #syncSecret(secret: MemberSecret): Promise<void> {
    const { log, open, signal, defaults, allow, policyChanged } = this.#options
    const { name, id, kubeconfig, policy: policyText } = secret
    const current = this.#members.get(name)
    const from = secretName(name)
    const isSameServer = current?.id === id && current.kubeconfig === kubeconfig
    const isSame = isSameServer && current.policyText === policyText
    const problem = isSame
      ? ''
      : this.#problemOf(secret, current) || (await this.#checkKubeconfig(secret, from))
    if (signal.aborted) return
    if (problem !== '') {
      if (this.#loggedErrors.get(name) === problem) return
      this.#loggedErrors.set(name, problem)
      const fallback =
        current === undefined ? '' : `; cluster ${current.id} keeps its previous settings`
      const fields = { resource: 'secrets', namespace: HUB_NAMESPACE, name }
      log.error(`${problem.includes(from) ? '' : `${from}: `}${problem}${fallback}`, fields)
      return
    }
    this.#forget(name)
    if (isSame) return
    const policy = policyOfSecret(secret, defaults)
    if (current === undefined) {
      const read = () => this.#members.get(name)?.kubeconfig ?? kubeconfig
      const member = open(id, { kind: 'text', from, allow, read })
      this.#members.set(name, { id, member, kubeconfig, policyText, policy })
      return
    }
    if (current.policyText !== policyText) {
      current.policyText = policyText
      current.policy = policy
      log.info(`cluster ${id}: new policy from ${from}`, { cluster: id })
      policyChanged()
    }
    if (isSameServer) return
    current.kubeconfig = kubeconfig
    current.member.reloadCredentials()
    log.info(`cluster ${id}: new credentials from ${from}`, { cluster: id })
  }

  #forget(name: string): void {
    this.#loggedErrors.delete(name)
    this.#rejected.delete(name)
  }

  /** Checks the kubeconfig; resolves to the reason when it is unusable, else to ''. */
  async #checkKubeconfig({ name, kubeconfig }: MemberSecret, from: string): Promise<string> {
    const before = this.#rejected.get(name)
    if (before?.kubeconfig === kubeconfig) return before.problem
    try {
      await this.#options.check(kubeconfig, from)
      return ''
    } catch (error) {
      const problem = errorText(error)
      this.#rejected.set(name, { kubeconfig, problem })
      this.#scheduleRetry()
      return problem
    }
  }

  #scheduleRetry(): void {
    const { clock, signal } = this.#options
    if (signal.aborted) return
    this.#retry ??= clock.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#rejected.clear()
      this.#scheduleSync()
    })
  }

  /** Why the Secret cannot define its member; '' when it can. */
  #problemOf(secret: MemberSecret, current: OpenMember<M> | undefined): string {
    if (current !== undefined && current.id !== secret.id) {
      return `its id changed from "${current.id}" to "${secret.id}"; create a new Secret for the new id`
    }
    const taken = [...this.#members].map(([name, { id }]) => ({ name, id }))
    return secretProblem(secret, this.#options.configured, taken)
  }
}

/** Why a Secret cannot define its member, given the configured ids and the Secrets in `taken`; '' when it can. */
export function secretProblem(
  secret: MemberSecret,
  configured: ReadonlySet<string>,
  taken: Iterable<Pick<MemberSecret, 'name' | 'id'>>,
): string {
  const { name, id, kubeconfig } = secret
  if (!isDnsLabel(id)) return `its id is "${id}", ${ID_RULE}`
  if (configured.has(id)) return `the configuration already has a member "${id}"`
  const other = [...taken].find((member) => member.name !== name && member.id === id)
  if (other !== undefined) return `Secret ${other.name} already defines the member "${id}"`
  if (kubeconfig === '') return 'its data has no "kubeconfig"'
  try {
    policyOfSecret(secret, openPolicy)
    return ''
  } catch (error) {
    return errorText(error)
  }
}

function policyOfSecret({ name, policy }: MemberSecret, defaults: MemberPolicy): MemberPolicy {
  return policy === '' ? defaults : parsePolicy(`${secretName(name)}: policy`, policy, defaults)
}

function secretName(name: string): string {
  return `Secret ${HUB_NAMESPACE}/${name}`
}
