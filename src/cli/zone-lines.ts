// The startup lines that list each zone with its port and address (coredns core/dnsserver/onstartup.go).
import type { Config } from '../config.ts'

/** The preferred name syntax of RFC 1035 section 2.3.1; CoreDNS also accepts the root and reverse zones. */
const PREFERRED = /^(([a-z]([a-z0-9-]*[a-z0-9])?)\.)+$|^\.$|(^|\.)(in-addr|ip6)\.arpa\.$/

/** The zone lines, sorted within each listen group; `ports[i]` is the bound port of group `i`. */
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
