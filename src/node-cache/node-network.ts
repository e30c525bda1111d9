// A node cache answers the node's pods at its own addresses: a link-local one, and the ClusterIP of kube-dns. The interface makes
// both addresses local; the rules keep kube-proxy from translating queries to the ClusterIP.
//
// Without the rules, queries to the ClusterIP go to the cluster's DNS. So the rules are there only while this server answers: they
// come after it listens, and go before it drains. When the process ends in any other way the kernel deletes them.
import { addressBytes } from '../dns/address.ts'
import { CodedError, errorText } from '../errors.ts'
import type { Log } from '../log.ts'
import { INTERFACE } from './interface-requests.ts'
import type { Kernel } from './kernel.ts'
import { TABLE } from './table-requests.ts'

/** An address where DNS is served; '' and '::' stand for all addresses. */
interface Served {
  readonly address: string
  readonly port: number
}

interface NodeNetworkOptions {
  /** IP addresses. */
  readonly addresses: readonly string[]
  readonly kernel: Kernel
  readonly log: Log
}

/** Milliseconds between two looks at the interface and at the addresses that are served. */
const CHECK_MS = 2000
const DNS_PORT = 53

/** The interface and the rules of one node cache, from its start to its end. */
export class NodeNetwork {
  readonly #addresses: readonly string[]
  readonly #kernel: Kernel
  readonly #log: Log
  /** The socket that owns the rules. */
  #rules: number | undefined
  /** True when the interface is this server's to delete: it has created it, or it serves there. */
  #isOwner = false
  #isLeaving = false
  #timer: NodeJS.Timeout | undefined
  /** The operation that runs; never rejects. */
  #running: Promise<void> = Promise.resolve()

  constructor({ addresses, kernel, log }: NodeNetworkOptions) {
    this.#addresses = addresses
    this.#kernel = kernel
    this.#log = log
  }

  /** Creates the interface, or takes over what an earlier process left. Rejects with NODE_NETWORK. */
  async setUp(): Promise<void> {
    const created = await this.#setUpInterface()
    this.#isOwner = created
    const how = created ? 'created' : 'taken over'
    this.#log.info(`node cache: interface ${INTERFACE} ${how}, with ${this.#addresses.join(', ')}`)
  }

  /**
   * Makes queries to the addresses come here, and from then on keeps interface and rules right. `served` are the addresses where
   * DNS is served. Rejects with NODE_NETWORK, also if one of the addresses is not served.
   */
  async takeQueries(served: () => readonly Served[]): Promise<void> {
    const unserved = this.#unserved(served())
    if (unserved.length > 0) {
      throw new CodedError(
        'NODE_NETWORK',
        `-localip: no server block listens on port ${DNS_PORT} of ${unserved.join(', ')}: add it to \`bind\``,
      )
    }
    this.#isOwner = true
    const work = this.#addRules()
    this.#running = work.catch(() => {})
    await work
    if (this.#isLeaving) return
    this.#timer = setInterval(() => void this.check(served), CHECK_MS).unref()
  }

  /** Repairs the interface, and has rules only while all addresses are served. Logs errors, and never rejects. */
  check(served: () => readonly Served[]): Promise<void> {
    this.#running = this.#running
      .then(() => this.#check(served))
      .catch((error: unknown) => {
        this.#log.error(`node cache: ${errorText(error)}`)
      })
    return this.#running
  }

  /** Lets queries to the ClusterIP go to the cluster's DNS again. Logs errors, and never rejects. */
  async leave(): Promise<void> {
    this.#isLeaving = true
    clearInterval(this.#timer)
    await this.#running
    if (this.#rules === undefined) return
    try {
      // Replies to queries that are here still need their source address.
      await this.#kernel.carryOut({ kind: 'replies-only', socket: this.#rules })
    } catch (error) {
      this.#log.error(`node cache: ${errorText(error)}`)
      this.#removeRules()
    }
  }

  /** Removes what is left. Logs errors, and never rejects. */
  async remove(): Promise<void> {
    this.#removeRules()
    if (!this.#isOwner) return
    try {
      await this.#kernel.carryOut({ kind: 'delete-interface' })
      this.#log.info(`node cache: interface ${INTERFACE} and table inet ${TABLE} removed`)
    } catch (error) {
      this.#log.error(`node cache: ${errorText(error)}`)
    }
  }

  async #check(served: () => readonly Served[]): Promise<void> {
    if (this.#isLeaving) return
    const here = new Set(this.#kernel.addresses().map(keyOf))
    const missing = this.#addresses.filter((address) => !here.has(keyOf(address)))
    if (missing.length > 0) {
      await this.#setUpInterface()
      this.#log.warning(`node cache: ${missing.join(', ')} of ${INTERFACE} was gone, and is back`)
    }
    const unserved = this.#unserved(served())
    if (unserved.length === 0 && this.#rules === undefined) await this.#addRules()
    if (unserved.length === 0 || this.#rules === undefined) return
    this.#removeRules()
    this.#log.error(
      `node cache: no server block listens on port ${DNS_PORT} of ${unserved.join(', ')}; table inet ${TABLE} removed`,
    )
  }

  async #setUpInterface(): Promise<boolean> {
    const addresses = this.#addresses
    return (await this.#kernel.carryOut({ kind: 'interface', addresses })) === 1
  }

  async #addRules(): Promise<void> {
    const addresses = this.#addresses
    this.#rules = await this.#kernel.carryOut({ kind: 'rules', addresses })
    this.#log.info(`node cache: queries to ${addresses.join(', ')} come here (table inet ${TABLE})`)
  }

  #removeRules(): void {
    if (this.#rules === undefined) return
    this.#kernel.close(this.#rules)
    this.#rules = undefined
  }

  #unserved(served: readonly Served[]): readonly string[] {
    const listening = served.filter(({ port }) => port === DNS_PORT).map(({ address }) => address)
    if (listening.some((address) => address === '' || address === '::')) return []
    const keys = new Set(listening.map(keyOf))
    return this.#addresses.filter((address) => !keys.has(keyOf(address)))
  }
}

/** Equal for all spellings of an address. */
function keyOf(address: string): string {
  return addressBytes(address)?.join('.') ?? address
}
