// The query mixes of the benchmark `corefile`, as lines of data files for dnsperf.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertionIndex } from '../../src/sorted.ts'
import { createRandom, type Random } from '../../test/support/random.ts'
import { type LocalService, localService } from './local-objects.ts'
import { queryMix } from './queries.ts'

/** Makes one line "name type". */
export type Line = (random: Random) => string

/** The search path of a Pod's resolv.conf, of which all but the last names do not exist. */
const searched = ({ namespace }: LocalService) => [
  `${namespace}.svc.cluster.local`,
  'svc.cluster.local',
  'cluster.local',
]

/** A name that the search path makes of an external one: NXDOMAIN in cluster.local. */
export function searchLine(services: number): Line {
  return (random) => {
    const zone = random.pick(searched(localService(random.int(services))))
    return `www.example-${random.int(1000)}.com.${zone} ${random.pick(['A', 'AAAA'])}`
  }
}

/** 45 % A, 17 % AAAA, 10 % SRV, 8 % PTR, 5 % A of single Pods, 15 % NXDOMAIN of search paths. */
export function localLine(services: number): Line {
  const search = searchLine(services)
  return (random) => {
    const service = localService(random.int(services))
    const owner = `${service.name}.${service.namespace}.svc.cluster.local`
    const endpoint = random.pick(service.endpoints)
    const kind = random.int(100)
    if (kind < 45) return `${owner} A`
    if (kind < 62) return `${owner} AAAA`
    if (kind < 72) return `_http._tcp.${owner} SRV`
    if (kind < 80) {
      const address = service.headless ? endpoint.address : service.ip
      return `${address.split('.').reverse().join('.')}.in-addr.arpa PTR`
    }
    if (kind < 85) {
      return `${endpoint.hostname || endpoint.address.replaceAll('.', '-')}.${owner} A`
    }
    return search(random)
  }
}

/** Names outside the cluster, all equally often. */
export function cachedLine(names: number): Line {
  return (random) => `www.cached-${random.int(names)}.com ${random.pick(['A', 'A', 'AAAA'])}`
}

/** Names outside the cluster, the n-th most frequent one 1/n as often as the first (Zipf 1.0). */
export function zipfLine(names: number): Line {
  const sums: number[] = []
  let sum = 0
  for (let i = 0; i < names; i++) {
    sum += 1 / (i + 1)
    sums.push(sum)
  }
  return (random) => {
    const wanted = (random.int(2 ** 30) / 2 ** 30) * sum
    return `www.name-${insertionIndex(sums, (one) => one < wanted)}.net A`
  }
}

let series = 0

/** Each line has another name, also in other files. */
export function uniqueLine(): Line {
  const tag = `${process.pid}-${++series}`
  let number = 0
  return () => `u${number++}.${tag}.unique.net A`
}

interface DayMix {
  readonly services: number
  readonly imports: number
  readonly cached: number
}

/** 40 % cluster.local, 15 % clusterset.local, 25 % cached, 10 % missed, 10 % NXDOMAIN of search paths. */
export function dayLine({ services, imports, cached }: DayMix): Line {
  const local = localLine(services)
  const clusterset = queryMix(imports, 20_000).trimEnd().split('\n')
  const hit = cachedLine(cached)
  const miss = uniqueLine()
  const search = searchLine(services)
  return (random) => {
    const kind = random.int(100)
    if (kind < 40) return local(random)
    if (kind < 55) return random.pick(clusterset)
    if (kind < 80) return hit(random)
    return kind < 90 ? miss(random) : search(random)
  }
}

/** Writes a data file with `count` lines; returns its path. */
export function linesFile(line: Line, count: number, seed = 1): string {
  const random = createRandom(seed)
  const file = join(mkdtempSync(join(tmpdir(), 'queries-')), 'mix')
  writeFileSync(file, `${Array.from({ length: count }, () => line(random)).join('\n')}\n`)
  return file
}
