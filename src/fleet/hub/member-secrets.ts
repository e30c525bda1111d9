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
  readonly shut: (member: M) => void
}

interface Known<M> {
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
  readonly #known = new Map<string, Known<M>>()
  /** Texts that could not be used and why, by Secret. */
  readonly #unusable = new Map<string, { readonly kubeconfig: string; readonly why: string }>()
  /** Cancels the next try of those; undefined while none is due. */
  #retry: (() => void) | undefined
  /** What the log knows of, by Secret. */
  readonly #said = new Map<string, string>()
  #work: Promise<void> = Promise.resolve()
  #pending = 0

  constructor(options: MemberSecretsOptions<M>) {
    this.#options = options
    options.secrets.subscribe(() => this.#look())
    options.signal.addEventListener('abort', () => this.#retry?.(), { once: true })
  }

  /** True when the Secrets are known, and all that can be members are. */
  get settled(): boolean {
    return this.#options.secrets.listed && this.#pending === 0
  }

  #look(): void {
    this.#pending++
    this.#work = this.#work
      .then(() => this.#sync())
      .finally(() => {
        this.#pending--
      })
  }

  async #sync(): Promise<void> {
    const { secrets, log, shut, signal } = this.#options
    if (signal.aborted) return
    // First, so that another Secret can take the place of one that is gone.
    for (const [name, { id, member }] of this.#known) {
      if (secrets.objects.has(name)) continue
      this.#known.delete(name)
      log.warning(
        `cluster ${id}: its Secret ${HUB_NAMESPACE}/${name} is gone: it cannot be reached any more; ` +
          `what others have of it stays until "fleet leave ${id}"`,
      )
      shut(member)
    }
    for (const name of this.#said.keys()) if (!secrets.objects.has(name)) this.#forget(name)
    for (const secret of [...secrets.objects.values()]) await this.#take(secret)
  }

  async #take(secret: MemberSecret): Promise<void> {
    const { log, open, signal } = this.#options
    const { name, id, kubeconfig } = secret
    const known = this.#known.get(name)
    const from = `Secret ${HUB_NAMESPACE}/${name}`
    const isSame = known?.id === id && known.kubeconfig === kubeconfig
    const why = isSame ? '' : this.#refusal(secret, known) || (await this.#tried(secret, from))
    if (signal.aborted) return
    if (why !== '') {
      if (this.#said.get(name) === why) return
      this.#said.set(name, why)
      const kept = known === undefined ? '' : `; cluster ${known.id} goes on with what it had`
      log.error(`${why.includes(from) ? '' : `${from}: `}${why}${kept}`)
      return
    }
    this.#forget(name)
    if (isSame) return
    if (known !== undefined) {
      known.kubeconfig = kubeconfig
      known.member.reloadCredentials()
      log.info(`cluster ${id}: new credentials from ${from}`)
      return
    }
    const read = () => this.#known.get(name)?.kubeconfig ?? kubeconfig
    this.#known.set(name, { id, member: open(id, { kind: 'text', from, read }), kubeconfig })
  }

  #forget(name: string): void {
    this.#said.delete(name)
    this.#unusable.delete(name)
  }

  /** Why its text cannot be used; '' when it can. */
  async #tried({ name, kubeconfig }: MemberSecret, from: string): Promise<string> {
    const before = this.#unusable.get(name)
    if (before?.kubeconfig === kubeconfig) return before.why
    try {
      await this.#options.check(kubeconfig, from)
      return ''
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#unusable.set(name, { kubeconfig, why })
      this.#tryAgain()
      return why
    }
  }

  #tryAgain(): void {
    const { clock, signal } = this.#options
    if (signal.aborted) return
    this.#retry ??= clock.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#unusable.clear()
      this.#look()
    })
  }

  /** Why the Secret cannot be the member that it names; '' when it can. */
  #refusal(secret: MemberSecret, known: Known<M> | undefined): string {
    if (known !== undefined && known.id !== secret.id) {
      return `its id changed from "${known.id}" to "${secret.id}"; make a Secret of its own`
    }
    const taken = [...this.#known].map(([name, { id }]) => ({ name, id }))
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
  const other = [...taken].find((one) => one.name !== name && one.id === id)
  if (other !== undefined) return `Secret ${other.name} is the member "${id}" already`
  return kubeconfig === '' ? 'it has no data "kubeconfig"' : ''
}
