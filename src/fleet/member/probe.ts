// Probes one member: it must answer, its identity must be unchanged and all its watches must run. Probes without an
// answer close the connections, so that dead watches are noticed before their idle timeout.
import { CodedError } from '../../errors.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { readSystem } from './identity.ts'
import type { IdentityCheck } from './identity-check.ts'

/** Consecutive probe timeouts after which the connections count as dead. */
const MAX_TIMEOUTS = 2

interface ProbeOptions {
  readonly client: ApiClient
  readonly identity: IdentityCheck
  /** Why the member is not synced or a watch fails; undefined when all is well. */
  readonly problem: () => string | undefined
  /** Called after each response, which carries the server's time. */
  readonly onResponse: () => void
}

/** The probes of one member. */
export class Probe {
  readonly #options: ProbeOptions
  /** Consecutive probes without an answer in time. */
  #timeouts = 0

  constructor(options: ProbeOptions) {
    this.#options = options
  }

  /**
   * Resolves to the UID of the kube-system namespace; rejects with the problem. Only a `signal` that aborts with a
   * TimeoutError counts as a timeout; `stop` aborts when the member is closed.
   */
  async run(signal: AbortSignal, stop: AbortSignal): Promise<string> {
    try {
      return await this.#check(AbortSignal.any([signal, stop]))
    } catch (error) {
      // Checked by the reason of the abort: a probe is also aborted when this replica stops leading.
      if (isTimeout(signal.reason)) this.#countTimeout()
      else if (isServerAnswer(error) && this.#timeouts < MAX_TIMEOUTS) this.#timeouts = 0
      throw error
    }
  }

  async #check(signal: AbortSignal): Promise<string> {
    const { client, identity, onResponse } = this.#options
    if (identity.id === undefined) this.#rejectProblem()
    // Watches check the identity too, but the next one may start much later.
    const { uid } = await readSystem(client, signal)
    onResponse()
    await identity.confirmForProbe(uid, signal)
    const wasUnresponsive = this.#timeouts >= MAX_TIMEOUTS
    this.#timeouts = 0
    if (wasUnresponsive) {
      // Watches opened during the outage may never deliver events; this restarts them before their idle timeout.
      client.disconnect()
      throw new CodedError('MEMBER', 'it answers again; its watches are being restarted')
    }
    this.#rejectProblem()
    return uid
  }

  #rejectProblem(): void {
    const problem = this.#options.problem()
    if (problem !== undefined) throw new CodedError('MEMBER', problem)
  }

  #countTimeout(): void {
    // A single timeout may be a short overload of the server or of this process; disconnecting would make it worse.
    // So would disconnecting twice: each time the server has to list again for all watches.
    if (++this.#timeouts === MAX_TIMEOUTS) this.#options.client.disconnect()
  }
}

/** True for an error that shows that the server answered. */
function isServerAnswer(error: unknown): boolean {
  return error instanceof ApiError ? error.status !== undefined : error instanceof CodedError
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
