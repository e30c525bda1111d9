// Members that are Secrets in the hub's namespace: the label says that it is one and gives its id, `kubeconfig` is how
// to reach it. They come, change and go while the fleet runs. New credentials take over from the old ones without
// a list; content that cannot be used changes nothing, and a Secret that is deleted makes its member unreachable.
import type { ApiSpec } from '../../kube/client-config.ts'
import type { Clock } from '../../kube/clock.ts'
import { isDnsLabel } from '../../kube/fields.ts'
import type { Log } from '../../log.ts'
import { HUB_NAMESPACE, ID_RULE, MEMBER_LABEL } from '../api/names.ts'
import { nestedObject, stringMapOf, stringOf } from '../api/unstructured.ts'
import type { ObjectCache } from './object-cache.ts'

/** What could not be used is tried again after this long: it may have been this machine that was short of something. */
const RETRY_MS = 60_000

export interface MemberSecret {
  readonly name: string
  /** The configured id of the member. */
  readonly id: string
  /** '' without one. */
  readonly kubeconfig: string
}

/** A member that was made from a Secret. */
export interface SecretMember {
  reloadCredentials(): void
}

export interface MemberSecretsOptions<M extends SecretMember> {
  readonly secrets: ObjectCache<MemberSecret>
  /** Ids that the configuration has. */
  readonly configured: ReadonlySet<string>
  readonly log: Log
  readonly clock: Clock
  /** Ends it: nothing is opened any more. */
  readonly signal: AbortSignal
  /** Rejects with why the text cannot be used. */
  readonly check: (kubeconfig: string, from: string) => Promise<void>
  readonly open: (id: string, spec: ApiSpec) => M
  readonly close: (member: M) => void
}

interface OpenMember<M> {
  readonly id: string
  readonly member: M
  kubeconfig: string
}

export function secretFromObject(raw: unknown): MemberSecret {
  const metadata = nestedObject(raw, 'metadata')
  const name = stringOf(metadata.name)
  return {
    name,
    id: stringMapOf(metadata.labels)[MEMBER_LABEL] || name,
    kubeconfig: Buffer.from(stringOf(nestedObject(raw, 'data').kubeconfig), 'base64').toString(
      'utf8',
    ),
  }
}

export class MemberSecrets<M extends SecretMember> {
  readonly #options: MemberSecretsOptions<M>
  readonly #members = new Map<string, OpenMember<M>>()
  /** Texts that could not be used and why, by Secret. */
  readonly #rejected = new Map<string, { readonly kubeconfig: string; readonly problem: string }>()
  /** Cancels the next try of those; undefined while none is due. */
  #retry: (() => void) | undefined
  /** What the log knows of, by Secret. */
  readonly #loggedErrors = new Map<string, string>()
  #work: Promise<void> = Promise.resolve()
  #pending = 0

  constructor(options: MemberSecretsOptions<M>) {
    this.#options = options
    options.secrets.subscribe(() => this.#scheduleSync())
    options.signal.addEventListener('abort', () => this.#retry?.(), { once: true })
  }

  /** True when the Secrets are known, and all that can be members are. */
  get settled(): boolean {
    return this.#options.secrets.listed && this.#pending === 0
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
    // First, so that another Secret can take the place of one that is gone.
    for (const [name, { id, member }] of this.#members) {
      if (secrets.objects.has(name)) continue
      this.#members.delete(name)
      log.warning(
        `cluster ${id}: its Secret ${HUB_NAMESPACE}/${name} is gone: it cannot be reached any more; ` +
          `what others have of it stays until "fleet leave ${id}"`,
      )
      close(member)
    }
    for (const name of this.#loggedErrors.keys()) if (!secrets.objects.has(name)) this.#forget(name)
    for (const secret of [...secrets.objects.values()]) await this.#syncSecret(secret)
  }

  async #syncSecret(secret: MemberSecret): Promise<void> {
    const { log, open, signal } = this.#options
    const { name, id, kubeconfig } = secret
    const current = this.#members.get(name)
    const from = `Secret ${HUB_NAMESPACE}/${name}`
    const isSame = current?.id === id && current.kubeconfig === kubeconfig
    const problem = isSame
      ? ''
      : this.#problemOf(secret, current) || (await this.#checkKubeconfig(secret, from))
    if (signal.aborted) return
    if (problem !== '') {
      if (this.#loggedErrors.get(name) === problem) return
      this.#loggedErrors.set(name, problem)
      const fallback =
        current === undefined ? '' : `; cluster ${current.id} goes on with what it had`
      log.error(`${problem.includes(from) ? '' : `${from}: `}${problem}${fallback}`)
      return
    }
    this.#forget(name)
    if (isSame) return
    if (current !== undefined) {
      current.kubeconfig = kubeconfig
      current.member.reloadCredentials()
      log.info(`cluster ${id}: new credentials from ${from}`)
      return
    }
    const read = () => this.#members.get(name)?.kubeconfig ?? kubeconfig
    this.#members.set(name, { id, member: open(id, { kind: 'text', from, read }), kubeconfig })
  }

  #forget(name: string): void {
    this.#loggedErrors.delete(name)
    this.#rejected.delete(name)
  }

  /** Why its text cannot be used; '' when it can. */
  async #checkKubeconfig({ name, kubeconfig }: MemberSecret, from: string): Promise<string> {
    const before = this.#rejected.get(name)
    if (before?.kubeconfig === kubeconfig) return before.problem
    try {
      await this.#options.check(kubeconfig, from)
      return ''
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
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

  /** Why the Secret cannot be the member that it names; '' when it can. */
  #problemOf(secret: MemberSecret, current: OpenMember<M> | undefined): string {
    if (current !== undefined && current.id !== secret.id) {
      return `its id changed from "${current.id}" to "${secret.id}"; make a Secret of its own`
    }
    const taken = [...this.#members].map(([name, { id }]) => ({ name, id }))
    return secretProblem(secret, this.#options.configured, taken)
  }
}

/** Why a Secret cannot be the member that it names, beside those that are `taken`; '' when it can. */
export function secretProblem(
  { name, id, kubeconfig }: MemberSecret,
  configured: ReadonlySet<string>,
  taken: Iterable<Pick<MemberSecret, 'name' | 'id'>>,
): string {
  if (!isDnsLabel(id)) return `its id is "${id}", ${ID_RULE}`
  if (configured.has(id)) return `the configuration has a member "${id}" already`
  const other = [...taken].find((member) => member.name !== name && member.id === id)
  if (other !== undefined) return `Secret ${other.name} is the member "${id}" already`
  return kubeconfig === '' ? 'it has no data "kubeconfig"' : ''
}
