// forward: passes queries to upstream DNS servers.
//
//   forward FROM TO... {
//     ...
//   }
//
// A block may have several; a query that one does not take goes to the next (coredns plugin/forward).
import { formatDuration } from '../../corefile/duration.ts'
import { zonesOf } from '../../corefile/keys.ts'
import { nameToWire } from '../../dns/name.ts'
import { type Controller, type Plugin, sentenceList } from '../plugin.ts'
import { forwardComponent } from './component.ts'
import { type ForwardConfig, type ForwardOptions, MAX_TARGETS, type Target } from './options.ts'
import { newOptions, readOption } from './stanza.ts'
import { nameservers, parseTarget, targetText } from './targets.ts'
import { isPlainUdp } from './upstream/plain.ts'

const OPTIONS = [
  'except ZONES...',
  'force_tcp',
  'prefer_udp',
  'expire DURATION',
  'max_age DURATION',
  'max_idle_conns INTEGER',
  'read_timeout DURATION',
  'max_fails INTEGER',
  'max_connect_attempts INTEGER',
  'health_check DURATION [no_rec] [domain FQDN]',
  'tls [CERT KEY] [CA]',
  'tls_servername NAME',
  'policy random|round_robin|sequential',
  'max_concurrent INTEGER',
  'next RCODE...',
  'next_on_nodata',
  'failover RCODE...',
  'failfast_all_unhealthy_upstreams',
  'doh_method POST|GET',
  'resolver ADDRESS...',
  'source_address ADDRESS',
]

export const forward: Plugin<ForwardConfig> = {
  name: 'forward',
  syntax: `forward FROM TO... { ${OPTIONS.join('; ')} }`,

  setup(controller) {
    const { tokens } = controller
    const forwards: ForwardOptions[] = []
    while (tokens.next()) forwards.push(readForward(controller))
    for (const { to } of forwards) {
      if (to.length <= MAX_TARGETS) continue
      throw tokens.plainErr(`more than ${MAX_TARGETS} TOs configured: ${to.length}`)
    }
    return { plugin: 'forward', forwards }
  },

  describe: ({ forwards }) => forwards.map(describeOne).join('; '),

  zones: ({ forwards }) => forwards.map(({ from }) => from).filter((from) => from !== '.'),

  settings: ({ forwards }) => (forwards.some(isPlainUdp) ? { asksUpstreams: true } : {}),

  component: forwardComponent,
}

function readForward(controller: Controller): ForwardOptions {
  const { tokens } = controller
  const options = newOptions(readFrom(controller))
  const to = tokens.remainingArgs()
  if (to.length === 0) throw tokens.argErr()
  while (tokens.nextBlock()) readOption(options, controller)
  checkZones([options.from, ...options.except], controller)
  const { maxAgeMs, expireMs } = options
  if (maxAgeMs > 0 && maxAgeMs < expireMs) {
    const [age, expire] = [formatDuration(maxAgeMs), formatDuration(expireMs)]
    throw tokens.plainErr(`max_age (${age}) must not be less than expire (${expire})`)
  }
  options.to = readTargets(to, controller)
  checkServerNames(options, controller)
  return options
}

function readFrom({ tokens, warn }: Controller): string {
  if (!tokens.nextArg()) throw tokens.argErr()
  const from = tokens.val()
  const zones = zonesOf(from)
  const [first, ...more] = zones.ok ? zones.value : []
  if (first === undefined) throw tokens.plainErr(`unable to normalize '${from}'`)
  if (more.length > 0) {
    const what = `'${from}' expands to multiple zones`
    warn(`Unsupported CIDR notation: ${what}. Using only '${first}'.`)
  }
  return first
}

function checkZones(zones: readonly string[], { tokens }: Controller): void {
  for (const zone of zones) {
    if (zone.includes('\\')) throw tokens.unsupported(`escapes in zone ${zone}`)
    if (nameToWire(zone) === undefined) throw tokens.plainErr(`unable to normalize '${zone}'`)
  }
}

/** The TOs as written, with repetitions; throws if there is none but files without nameservers. */
function readTargets(
  to: readonly string[],
  { tokens, readFile, warn }: Controller,
): readonly Target[] {
  let addresses = 0
  const targets = to.map((text) => {
    const result = parseTarget(text, readFile)
    if (!result.ok) throw tokens.plainErr(result.message)
    const { target } = result
    addresses += target.kind === 'file' ? nameservers(readFile(target.path)).length : 1
    if (target.kind === 'file' && /^(tls|https):/.test(text)) {
      warn(`${text}: the nameservers of a file are asked by plain DNS`)
    }
    return target
  })
  if (addresses === 0) throw tokens.plainErr('no valid upstream addresses found')
  return targets
}

function checkServerNames({ tlsServername, to }: ForwardOptions, { tokens }: Controller): void {
  if (tlsServername === undefined) return
  for (const target of to) {
    if (target.kind === 'file' || target.tlsServerName === undefined) continue
    const names = `forward ('${tlsServername}') and proxy level ('${target.tlsServerName}')`
    const where = `upstream proxy '${targetText(target)}'`
    throw tokens.plainErr(`both ${names} TLS servernames are set for ${where}`)
  }
}

function describeOne({ from, except, to, policy }: ForwardOptions): string {
  const names = from === '.' ? 'all names' : `names in ${from}`
  const but = except.length === 0 ? '' : ` except those in ${sentenceList(except)}`
  const upstreams = to.map((target) =>
    target.kind === 'file' ? `the nameservers of ${target.path}` : targetText(target),
  )
  return `asks ${sentenceList(upstreams)} for ${names}${but}, policy ${policy}`
}
