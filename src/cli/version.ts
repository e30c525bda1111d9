// The output of -version and -plugins, and the startup banner.
import { gauge, type MetricFamily } from '../metrics.ts'
import { directives } from '../plugins/directives.ts'
import { version } from '../version.ts'

/** "clusterset-dns-0.1.0", then platform and Node version, in the form of CoreDNS' banner. */
export function versionText(): string {
  return `clusterset-dns-${version}\n${process.platform}/${process.arch}, node ${process.version}\n`
}

/** The same for programs. Fields are added, but not changed. */
export function versionDocument(): object {
  return {
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'Version',
    version,
    platform: process.platform,
    arch: process.arch,
    node: process.version,
  }
}

/** The metric of the version of a fleet. */
export function fleetBuildInfo(): MetricFamily {
  const name = 'clusterset_dns_fleet_build_info'
  const labels = { version, nodeversion: process.version }
  return gauge(name, 'Version and runtime of the build; always 1.', [[labels, 1]])
}

/** The supported directives in plugin order, then the directives that only CoreDNS supports. */
export function pluginsText(): string {
  const names = [...directives]
  const supported = names.filter(([, plugin]) => plugin !== undefined).map(([name]) => `  ${name}`)
  const unsupported = names
    .filter(([, plugin]) => plugin === undefined)
    .map(([name]) => `  ${name}`)
  return [
    'Directives:',
    ...supported,
    'Known to CoreDNS, not yet supported here:',
    ...unsupported,
    '',
  ].join('\n')
}
