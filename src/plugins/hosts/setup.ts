// hosts: answers from a file in the form of /etc/hosts, and from lines of the Corefile.
//
//   hosts [FILE [ZONES...]] {
//     [INLINE]                   lines of a hosts file, before fallthrough
//     ttl SECONDS                default: 3600
//     no_reverse
//     reload DURATION            default: 5s; 0s: never
//     fallthrough [ZONES...]
//     fallthrough_unsupported
//   }
import { formatDuration } from '../../corefile/duration.ts'
import { atoi, quote } from '../../corefile/go-text.ts'
import { nameToWire } from '../../dns/name.ts'
import { errorText } from '../../errors.ts'
import { durationOr, fallthroughZones, filePath, zonesFromArguments } from '../arguments.ts'
import { type Controller, nextOnce, type Plugin, sentenceList } from '../plugin.ts'
import { hostsComponent } from './component.ts'
import { HostsLine } from './hosts-line.ts'
import type { HostsConfig } from './options.ts'

const DEFAULT_FILE = '/etc/hosts'
const OPTIONS = [
  '[INLINE]',
  'ttl SECONDS',
  'no_reverse',
  'reload DURATION',
  'fallthrough [ZONES...]',
  'fallthrough_unsupported',
]

type Draft = { -readonly [K in keyof HostsConfig]: HostsConfig[K] }

export const hosts: Plugin<HostsConfig> = {
  name: 'hosts',
  syntax: `hosts [FILE [ZONES...]] { ${OPTIONS.join('; ')} }`,

  setup(controller) {
    const { tokens } = controller
    const times = { count: 0 }
    let draft = newDraft(controller.zones)
    while (nextOnce(tokens, times)) {
      draft = newDraft(controller.zones)
      const [name, ...zones] = tokens.remainingArgs()
      if (name !== undefined) {
        draft.path = filePath(name, controller)
        warnOfFile(draft.path, controller)
        draft.zones = zonesFromArguments(zones, controller)
        checkZones(draft.zones, controller)
      }
      while (tokens.nextBlock()) readOption(draft, controller)
    }
    if (draft.fallthroughUnsupported && draft.fallthrough.length === 0) {
      throw tokens.errf('fallthrough_unsupported requires fallthrough')
    }
    return draft
  },

  describe: describeHosts,

  zones: ({ zones }) => zones.filter((zone) => zone !== '.'),

  component: hostsComponent,
}

function newDraft(zones: readonly string[]): Draft {
  return {
    plugin: 'hosts',
    path: DEFAULT_FILE,
    zones,
    inline: [],
    ttl: 3600,
    reverse: true,
    reloadMs: 5000,
    fallthrough: [],
    fallthroughUnsupported: false,
  }
}

function warnOfFile(path: string, { tokens, fileKind, warn }: Controller): void {
  let kind: ReturnType<typeof fileKind>
  try {
    kind = fileKind(path)
  } catch (error) {
    throw tokens.errf(`unable to access hosts file '${path}': ${errorText(error)}`)
  }
  if (kind === 'missing') warn(`File does not exist: ${path}`)
  if (kind === 'directory') warn(`Hosts file ${quote(path)} is a directory`)
}

function checkZones(zones: readonly string[], { tokens }: Controller): void {
  for (const zone of zones) {
    if (zone.includes('\\')) throw tokens.unsupported(`escapes in zone ${zone}`)
    if (nameToWire(zone) === undefined) {
      throw tokens.errf(`zone is not a valid domain name: ${zone}`)
    }
  }
}

function readOption(draft: Draft, controller: Controller): void {
  const { tokens } = controller
  switch (tokens.val()) {
    case 'fallthrough':
      draft.fallthrough = fallthroughZones(tokens.remainingArgs(), controller)
      checkZones(draft.fallthrough, controller)
      return
    case 'fallthrough_unsupported':
      if (tokens.remainingArgs().length > 0) throw tokens.argErr()
      draft.fallthroughUnsupported = true
      return
    case 'no_reverse':
      draft.reverse = false
      return
    case 'ttl':
      draft.ttl = readTtl(controller)
      return
    case 'reload':
      draft.reloadMs = readReload(controller)
      return
    default:
      if (draft.fallthrough.length > 0) {
        throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
      }
      draft.inline = [...draft.inline, readInline(controller)]
  }
}

function readTtl({ tokens }: Controller): number {
  const [text] = tokens.remainingArgs()
  if (text === undefined) throw tokens.errf('ttl needs a time in second')
  const ttl = atoi(text)
  if (!ttl.ok) throw tokens.errf('ttl needs a number of second')
  if (ttl.value <= 0 || ttl.value > 65_535) throw tokens.errf('ttl provided is invalid')
  return ttl.value
}

function readReload({ tokens }: Controller): number {
  const [text, ...more] = tokens.remainingArgs()
  if (text === undefined || more.length > 0) {
    throw tokens.errf('reload needs a duration (zero seconds to disable)')
  }
  const ms = durationOr(text, () => tokens.errf(`invalid duration for reload '${text}'`))
  if (ms < 0) throw tokens.errf(`invalid negative duration for reload '${text}'`)
  return ms
}

/** The line of a hosts file at the cursor. CoreDNS ignores a mistyped option here, because it may be such a line. */
function readInline({ tokens, warn }: Controller): string {
  const { file, line } = tokens.position()
  const text = [tokens.val(), ...tokens.remainingArgs()].join(' ')
  const bytes = new TextEncoder().encode(text)
  const fault = new HostsLine().read(bytes, 0, bytes.length, () => {})
  if (fault !== undefined) {
    warn(`${file}:${line}: ${fault.message}: it has no effect in this line of a hosts file`)
  }
  return text
}

function describeHosts(config: HostsConfig): string {
  const { path, zones, inline, ttl, reverse, reloadMs, fallthrough } = config
  const named = zones.includes('.') ? 'all names' : `names in ${sentenceList(zones)}`
  const lines = `${inline.length} ${inline.length === 1 ? 'line' : 'lines'} of the Corefile`
  const sources = inline.length === 0 ? [path] : [path, lines]
  const missing = fallthrough.includes('.') ? 'names' : `names in ${sentenceList(fallthrough)}`
  const details = [
    `TTL ${ttl} s`,
    reloadMs === 0 ? 'reads the file once' : `checks the file every ${formatDuration(reloadMs)}`,
    ...(reverse ? [] : ['without names of addresses']),
    ...(fallthrough.length === 0 ? [] : [`${missing} that do not exist go to the next plugin`]),
    ...(config.fallthroughUnsupported ? ['and so do questions of other types'] : []),
  ]
  return `answers for ${named} from ${sentenceList(sources)}, ${details.join(', ')}`
}
