// The shapes of Corefiles that clusters have (test/fixtures/corefiles), made to run on a machine without them.
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../fixtures/corefiles/', import.meta.url)

interface CorpusFile {
  /** The name without `.Corefile`. */
  readonly name: string
  readonly text: string
}

/** All files, as clusters have them, and the one of deploy/. */
export function corefileCorpus(): readonly CorpusFile[] {
  const files = readdirSync(FOLDER).sort()
  return [
    ...files.map((file) => ({
      name: file.replace('.Corefile', ''),
      text: readFileSync(new URL(file, FOLDER), 'utf8'),
    })),
    { name: 'deploy', text: readFileSync('deploy/dns/overlays/cluster-dns/Corefile', 'utf8') },
  ]
}

/** The other files that `onLoopback` texts name, relative to the Corefile. */
export const corpusFiles = {
  'resolv.conf': 'nameserver 127.0.0.1\n',
  NodeHosts: '192.0.2.1 node-1\n',
} as const

/**
 * The text with free ports on loopback, with files beside it, and with an API server that refuses: what is left is its
 * directives and options.
 */
export function onLoopback(text: string): string {
  return text
    .replace(/^(\S+?):\d+ \{$/gm, '$1:0 {')
    .replace(/^( *)(health|ready)(?: +[^\s{]+)?( *\{)?$/gm, '$1$2 127.0.0.1:0$3')
    .replace(/\bprometheus +\S+/g, 'prometheus 127.0.0.1:0')
    .replace(/\bbind .+/g, 'bind 127.0.0.1')
    .replaceAll('/etc/resolv.conf', 'resolv.conf')
    .replaceAll('/etc/coredns/', '')
    .replace(
      /^( *)kubernetes .+\{$/gm,
      '$&\n$1  endpoint http://127.0.0.1:1\n$1  startup_timeout 1ms',
    )
    .replace(/^( *)multicluster (\S+)$/gm, '$1multicluster $2 {\n$1  manifests .\n$1}')
}

/**
 * The text with `multicluster ZONE` of the external plugin as CoreDNS itself spells it: an option of `kubernetes`, which
 * has the zone, too.
 */
export function coreDnsSpelling(text: string): string {
  const [whole, zone] = /^ *multicluster (\S+)(?: \{[^}]*\})?\n/m.exec(text) ?? []
  if (whole === undefined) return text
  return text
    .replace(whole, '')
    .replace(/^( *)kubernetes (\S+)(.*\{)$/m, `$1kubernetes $2 ${zone}$3\n$1  multicluster ${zone}`)
}
