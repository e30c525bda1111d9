// Members that are Secrets in the hub's namespace: the label says that it is one and gives its id, `kubeconfig` is how
// to reach it. They come, change and go while the fleet runs. New credentials take over from the old ones without
// a list; content that cannot be used changes nothing, and a Secret that is deleted makes its member unreachable.

import { isDnsLabel } from '../../kube/fields.ts'
import type { ApiSpec } from '../../kube/recipes.ts'
import type { Log } from '../../log.ts'
import { ID_RULE } from '../fleet-config.ts'
import { HUB_NAMESPACE, MEMBER_LABEL } from '../names.ts'
import { at, text, textMap } from '../raw-fields.ts'
import type { Collection } from './collection.ts'

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
  readonly secrets: Collection<MemberSecret>
  /** Ids that the configuration has. */
  readonly configured: ReadonlySet<string>
  readonly log: Log
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

export function trimSecret(raw: unknown): MemberSecret {
  const metadata = at(raw, 'metadata')
  const name = text(metadata.name)
  return {
    name,
    id: textMap(metadata.labels)[MEMBER_LABEL] || name,
    kubeconfig: Buffer.from(text(at(raw, 'data').kubeconfig), 'base64').toString('utf8'),
  }
}

export class MemberSecrets<M extends SecretMember> {
  readonly #options: MemberSecretsOptions<M>
  readonly #known = new Map<string, Known<M>>()
  /** What could not be used, by Secret, so that it is said once. */
  readonly #bad = new Map<string, string>()
  #work: Promise<void> = Promise.resolve()

  constructor(options: MemberSecretsOptions<M>) {
    this.#options = options
    options.secrets.subscribe(() => {
      this.#work = this.#work.then(() => this.#sync())
    })
  }

  async #sync(): Promise<void> {
    const { secrets, log, shut } = this.#options
    for (const secret of [...secrets.objects.values()]) await this.#take(secret)
    for (const [name, { id, member }] of this.#known) {
      if (secrets.objects.has(name)) continue
      this.#known.delete(name)
      log.warning(
        `cluster ${id}: its Secret ${HUB_NAMESPACE}/${name} is gone: it cannot be reached any more; ` +
          `what others have of it stays until "fleet leave ${id}"`,
      )
      shut(member)
    }
    for (const name of this.#bad.keys()) if (!secrets.objects.has(name)) this.#bad.delete(name)
  }

  async #take({ name, id, kubeconfig }: MemberSecret): Promise<void> {
    const { check, log, open } = this.#options
    const known = this.#known.get(name)
    const content = JSON.stringify([id, kubeconfig])
    if (known?.id === id && known.kubeconfig === kubeconfig) {
      this.#bad.delete(name)
      return
    }
    if (this.#bad.get(name) === content) return
    const from = `Secret ${HUB_NAMESPACE}/${name}`
    try {
      this.#refuse(name, id, known)
      if (kubeconfig === '') throw new Error('it has no data "kubeconfig"')
      await check(kubeconfig, from)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const kept = known === undefined ? '' : `; cluster ${known.id} goes on with what it had`
      log.error(`${from}: ${why}${kept}`)
      this.#bad.set(name, content)
      return
    }
    this.#bad.delete(name)
    if (known !== undefined) {
      known.kubeconfig = kubeconfig
      known.member.reloadCredentials()
      log.info(`cluster ${id}: new credentials from ${from}`)
      return
    }
    const read = () => this.#known.get(name)?.kubeconfig ?? kubeconfig
    this.#known.set(name, { id, member: open(id, { kind: 'text', from, read }), kubeconfig })
  }

  /** Throws when the Secret cannot be the member `id`. */
  #refuse(name: string, id: string, known: Known<M> | undefined): void {
    if (!isDnsLabel(id)) throw new Error(`its id is "${id}", ${ID_RULE}`)
    if (known !== undefined && known.id !== id) {
      throw new Error(`its id changed from "${known.id}" to "${id}"; make a Secret of its own`)
    }
    if (this.#options.configured.has(id)) {
      throw new Error(`the configuration has a member "${id}" already`)
    }
    const other = [...this.#known].find(([key, one]) => key !== name && one.id === id)
    if (other !== undefined) throw new Error(`Secret ${other[0]} is the member "${id}" already`)
  }
}
