// The whole Corefile of a cluster in one server, against CoreDNS with its own spelling of it.
import { type Parts, runParts } from '../support/parts.ts'
import { echo } from './corefile/echo.ts'
import { halfLoad, refusingUpstream, silentUpstream } from './corefile/latency.ts'
import { corefileMemory } from './corefile/memory.ts'
import { alias, cached, day, local, misses, unique } from './corefile/throughput.ts'

const parts: Parts = {
  local,
  alias,
  cached,
  misses,
  unique,
  day,
  latency: halfLoad,
  silent: silentUpstream,
  refusing: refusingUpstream,
  memory: corefileMemory,
  echo,
}

/** The names of the parts. */
export const corefileParts = Object.keys(parts)

/** Runs all parts and writes bench/results/corefile.md, or one part and writes corefile-<part>.md. */
export async function corefile(part?: string, rounds?: number): Promise<void> {
  const notes = [
    'One core for the server; dnsperf, the API server and the upstreams (bench/support/upstream.c) share the other one. Medians of rounds in turn.',
    'Both serve the same objects with the same directives: errors, prometheus, cluster.local with `pods verified` and its reverse zones, clusterset.local, forward, cache 30, loop, reload, loadbalance.',
  ]
  await runParts({ name: 'corefile', title: 'The whole Corefile', parts, notes }, part, rounds)
}
