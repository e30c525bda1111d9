// The lines at start that say what is served where (coredns core/dnsserver/onstartup.go).
import type { Config } from '../config.ts'

/** RFC 1035 section 2.3.1; CoreDNS lets the root and reverse zones pass. */
const PREFERRED = /^(([a-z]([a-z0-9-]*[a-z0-9])?)\.)+$|^\.$|(^|\.)(in-addr|ip6)\.arpa\.$/

/** The zone lines, sorted within each address; `ports` gives the real port of each group. */
export function zoneLines(config: Config, ports: readonly number[]): string {
  const lines = config.groups.flatMap(({ address, zones }, index) =>
    zones
      .map(({ zone }) => zone)
      .sort()
      .flatMap((zone) => {
        const on = address === '' ? '' : ` on ${address}`
        const line = `${zone}:${ports[index]}${on}`
        return PREFERRED.test(zone)
          ? [line]
          : [`Warning: Domain "${zone}" does not follow RFC1035 preferred syntax`, line]
      }),
  )
  return lines.map((line) => `${line}\n`).join('')
}
