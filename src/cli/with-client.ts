// A client of one cluster for a command that ends by itself.
import { timeLimit } from '../fleet/hub/timeout.ts'
import { ApiClient } from '../kube/api-client.ts'
import type { ApiSpec } from '../kube/client-config.ts'
import type { FullClientDeps } from '../kube/client-deps.ts'

/** Milliseconds for all requests to one cluster. */
const TIMEOUT_MS = 15_000

/** Runs `work` with a client and a signal that also aborts after TIMEOUT_MS. Rejects when `signal` aborts. */
export async function withClient<T>(
  spec: ApiSpec,
  deps: FullClientDeps,
  signal: AbortSignal,
  work: (client: ApiClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = new ApiClient(spec, deps)
  const limit = timeLimit(deps.clock, TIMEOUT_MS)
  try {
    return await work(client, AbortSignal.any([signal, limit.signal]))
  } finally {
    limit.cancel()
    await client.close()
  }
}
