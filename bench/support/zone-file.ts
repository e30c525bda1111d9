// The clusterset as a static zone file, for a comparison with an authoritative server.
import { benchService, CLUSTER, ZONE } from './objects.ts'

const TTL = 5

/** A zone file with all names of Services 0 to `count` - 1. */
export function zoneFile(count: number): string {
  const lines = [
    `$ORIGIN ${ZONE}.`,
    `$TTL ${TTL}`,
    `@ SOA ns.dns hostmaster 1 7200 1800 86400 ${TTL}`,
    '@ NS ns.dns',
    'ns.dns A 127.0.0.1',
    'dns-version TXT "1.0.0"',
  ]
  for (let index = 0; index < count; index++) {
    const { name, namespace, headless, ips, endpoints } = benchService(index)
    const owner = `${name}.${namespace}.svc`
    const hosts = endpoints.map(({ address, hostname }) => ({
      name: `${hostname || address.replaceAll('.', '-')}.${CLUSTER}.${owner}`,
      address,
    }))
    for (const host of hosts) {
      lines.push(`${host.name} A ${host.address}`, `${host.name} SRV 0 100 8080 ${host.name}`)
    }
    const addresses = headless ? endpoints.map(({ address }) => address) : ips
    for (const owned of [owner, `_http._tcp.${owner}`]) {
      for (const ip of addresses) lines.push(`${owned} ${ip.includes(':') ? 'AAAA' : 'A'} ${ip}`)
      if (headless) for (const host of hosts) lines.push(`${owned} SRV 0 33 8080 ${host.name}`)
      else lines.push(`${owned} SRV 0 100 80 ${owner}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** A configuration of NSD: one process on one loopback port, without rate limiting. */
export function nsdConfig(folder: string, port: number): string {
  return `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  database: ""
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  minimal-responses: yes
  rrl-ratelimit: 0
  verbosity: 0
remote-control:
  control-enable: no
zone:
  name: "${ZONE}"
  zonefile: "${folder}/zone"
`
}
