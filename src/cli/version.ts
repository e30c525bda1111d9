// What -version and -plugins print, and the banner at start.
import { readFileSync } from 'node:fs'
import { directives } from '../plugins/directives.ts'

const manifest: unknown = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)

/** The package's version. */
export const version: string =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'

/** "clusterset-dns-0.1.0" and what it runs on, as CoreDNS says it. */
export function versionText(): string {
  return `clusterset-dns-${version}\n${process.platform}/${process.arch}, node ${process.version}\n`
}

/** The directives, in the order in which they see a query: those of this program, then the others known. */
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
