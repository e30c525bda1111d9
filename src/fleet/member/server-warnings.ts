// Warnings about the API server of a member: its clock, and the token that we send to it.
import type { ApiClient } from '../../kube/api-client.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { endsSoon, shownTimeLeft } from '../../kube/token-claims.ts'

/** Milliseconds of clock skew above which a warning is logged: skew can change which export is the oldest. */
const SKEW_MS = 5000

type Server = Pick<ApiClient, 'skewMs' | 'tokenClaims'>
type Deps = Pick<FullClientDeps, 'log' | 'clock'>

/** The warnings of one member; each is logged once. */
export class ServerWarnings {
  readonly #name: string
  readonly #client: Server
  readonly #deps: Deps
  #skewed = false
  /** When the token ends for which the warning was logged. */
  #warnedEnd = 0

  /** `name` is the configured id of the member. */
  constructor(name: string, client: Server, deps: Deps) {
    this.#name = name
    this.#client = client
    this.#deps = deps
  }

  /** Logs a warning when the token ends soon, once for each token. */
  checkToken(): void {
    const claims = this.#client.tokenClaims
    if (claims === undefined || claims.expiresAt === this.#warnedEnd) return
    const wall = this.#deps.clock.wall()
    if (!endsSoon(claims, wall)) return
    this.#warnedEnd = claims.expiresAt
    const left = shownTimeLeft(claims.expiresAt - wall)
    this.#deps.log.warning(`cluster ${this.#name}: its token has not been replaced, and ${left}`)
  }

  /** Logs a warning when the clock skew exceeds SKEW_MS, once until it is corrected. */
  checkClock(): void {
    const { skewMs } = this.#client
    const skewed = Math.abs(skewMs) > SKEW_MS
    if (skewed && !this.#skewed) {
      const seconds = Math.round(skewMs / 1000)
      const text = `its clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`
      this.#deps.log.warning(
        `cluster ${this.#name}: ${text}; creation times of exports decide their conflicts`,
      )
    }
    this.#skewed = skewed
  }
}
