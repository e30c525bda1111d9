// A seeded mix of queries over all Services, as a data file for dnsperf.
import { createRandom } from '../../test/support/random.ts'
import { benchService, CLUSTER, ZONE } from './objects.ts'

/** `count` lines "name type": 55 % A, 15 % AAAA, 10 % SRV, 10 % NXDOMAIN, 10 % A of single Pods. */
export function queryMix(services: number, count: number, seed = 1): string {
  const random = createRandom(seed)
  const lines: string[] = []
  while (lines.length < count) {
    const { name, namespace, endpoints } = benchService(random.int(services))
    const owner = `${name}.${namespace}.svc.${ZONE}`
    const kind = random.int(100)
    if (kind < 55) lines.push(`${owner} A`)
    else if (kind < 70) lines.push(`${owner} AAAA`)
    else if (kind < 80) lines.push(`_http._tcp.${owner} SRV`)
    else if (kind < 90) lines.push(`no-${name}.${namespace}.svc.${ZONE} A`)
    else {
      const { hostname, address } = random.pick(endpoints)
      lines.push(`${hostname || address.replaceAll('.', '-')}.${CLUSTER}.${owner} A`)
    }
  }
  return `${lines.join('\n')}\n`
}
