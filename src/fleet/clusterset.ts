// The clusters of a fleet: the hub with its Leases and Secrets, and the members from the configuration and from the
// Secrets. Members are opened after the Leases are listed, since the Leases record each cluster's identity.
import type { ApiSpec } from '../kube/client-config.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { readCredentials } from '../kube/credentials.ts'
import { resolveKubeconfigText } from '../kube/kubeconfig.ts'
import type { MemberPolicy } from './api/member-policy.ts'
import { type FleetConfig, hubSpec } from './config.ts'
import { HubClient } from './hub/client.ts'
import { leaseFromObject } from './hub/lease.ts'
import { MemberSecrets, secretFromObject } from './hub/member-secrets.ts'
import { ObjectCache } from './hub/object-cache.ts'
import { Roster } from './hub/roster.ts'
import { Identities } from './member/identity.ts'
import { KubeCluster } from './member/kube-cluster.ts'
import type { ServiceChange } from './member/service-changes.ts'

/** Options of Clusterset. */
interface ClustersetOptions {
  readonly config: Pick<
    FleetConfig,
    'hub' | 'members' | 'memberBytes' | 'policies' | 'secretsAllow'
  >
  readonly deps: ClientDeps
  /** Called just before a write to a member is sent. */
  readonly mayWrite: () => boolean
  /** Told what changes of services in a member (its configured name), for a history. */
  readonly observe?: ((member: string, change: ServiceChange) => void) | undefined
}

interface MembersListener {
  readonly added: (member: KubeCluster) => void
  /** Called before the member is closed. */
  readonly removed: (member: KubeCluster) => void
  /** Called when the policy of an open member has changed. */
  readonly policyChanged: () => void
}

/** Connections to the hub and to all members; members come and go with the Secrets. */
export class Clusterset {
  readonly hub: HubClient
  readonly roster: Roster
  readonly #options: ClustersetOptions
  readonly #deps: FullClientDeps
  readonly #identities: Identities
  readonly #members = new Set<KubeCluster>()
  readonly #secrets: MemberSecrets<KubeCluster>
  readonly #listeners = new Set<MembersListener>()
  readonly #stop = new AbortController()

  /** Starts watching the hub; opens the members once the Leases are listed. */
  constructor(options: ClustersetOptions) {
    const { config, deps } = options
    this.#options = options
    this.#deps = fullClientDeps(deps)
    this.hub = new HubClient(hubSpec(config, this.#deps.env), this.#deps)
    const leases = new ObjectCache(leaseFromObject)
    const secrets = new ObjectCache(secretFromObject)
    this.roster = new Roster(leases)
    this.#identities = new Identities(() => this.#identityRecords())
    this.#secrets = new MemberSecrets({
      secrets,
      configured: new Set(config.members.map(({ id }) => id)),
      defaults: config.policies.defaults,
      allow: config.secretsAllow,
      log: this.#deps.log,
      clock: this.#deps.clock,
      signal: this.#stop.signal,
      check: (text, from) => this.#check(text, from),
      open: (id, spec) => this.#openMember(id, spec),
      close: (member) => this.#closeMember(member),
      policyChanged: () => {
        for (const listener of this.#listeners) listener.policyChanged()
      },
    })
    let isOpen = false
    this.roster.subscribe(() => {
      if (isOpen || !this.roster.listed) return
      isOpen = true
      for (const { id, spec } of config.members) this.#openMember(id, spec)
      this.hub.follow('secrets', secrets)
    })
    this.hub.follow('leases', leases)
  }

  get members(): readonly KubeCluster[] {
    return [...this.#members]
  }

  /** True when every member of the configuration and of the Secrets is open; it may still be unreachable. */
  get settled(): boolean {
    return this.roster.listed && this.#secrets.settled
  }

  /** The members from Secrets, each with its Secret. */
  get secretMembers() {
    return this.#secrets.withSecrets()
  }

  /** Why Secrets define no member, by the id that they name. */
  get refused(): ReadonlyMap<string, string> {
    return this.#secrets.refused
  }

  /** True while requests to the hub fail. */
  get failed(): boolean {
    return this.hub.lastError !== ''
  }

  /** Why the hub is unusable, as a text for users; '' when it is usable. */
  get lastError(): string {
    return this.hub.lastError || (this.roster.listed ? '' : 'its Leases are not listed yet')
  }

  /** The policy of the member with this configured id. */
  policyOf(id: string): MemberPolicy {
    const { members, defaults } = this.#options.config.policies
    return members.get(id) ?? this.#secrets.policyOf(id) ?? defaults
  }

  /** Notifies of the members that are opened and removed from now on. No member is open right after the constructor. */
  subscribe(listener: MembersListener): void {
    this.#listeners.add(listener)
  }

  /** Closes the connections to the hub and to all members. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all([this.hub.close(), ...this.members.map((member) => member.close())])
  }

  #openMember(name: string, spec: ApiSpec): KubeCluster {
    const { mayWrite, config, observe: tell } = this.#options
    const { memberBytes } = config
    const observe = tell && ((change: ServiceChange) => tell(name, change))
    const identities = this.#identities
    const deps = this.#deps
    const member = new KubeCluster({ name, spec, identities, deps, mayWrite, memberBytes, observe })
    this.#members.add(member)
    for (const { added } of this.#listeners) added(member)
    return member
  }

  #closeMember(member: KubeCluster): void {
    this.#members.delete(member)
    this.#identities.forget(member.name)
    for (const { removed } of this.#listeners) removed(member)
    void member.close()
  }

  async #check(text: string, from: string): Promise<void> {
    const { env } = this.#deps
    const { secretsAllow: allow } = this.#options.config
    const spec = { text, from, allow }
    await readCredentials(await resolveKubeconfigText(spec, env, this.#stop.signal))
  }

  *#identityRecords() {
    for (const { id, uid, leave } of this.roster.records.values()) {
      yield { id, uid, left: leave !== 'no' }
    }
  }
}
