// The options of one `forward`, each checked as in coredns plugin/forward/setup.go.
import { isDomainName, normalizedName } from '../../corefile/domain-name.ts'
import { formatDuration } from '../../corefile/duration.ts'
import { atoi, parseUint32, quote, type Result, splitAddress } from '../../corefile/go-text.ts'
import { rcodeOf } from '../../dns/codes.ts'
import { durationOr, filePath, usableZones } from '../arguments.ts'
import type { Controller } from '../plugin.ts'
import type { ForwardOptions } from './options.ts'
import { plainAddress } from './targets.ts'

type Draft = { -readonly [K in keyof ForwardOptions]: ForwardOptions[K] }

/** The options of a directive before its block is read. */
export function newOptions(from: string): Draft {
  return {
    from,
    except: [],
    to: [],
    forceTcp: false,
    preferUdp: false,
    expireMs: 10_000,
    maxAgeMs: 0,
    maxIdleConnections: 0,
    readTimeoutMs: 2000,
    maxFails: 2,
    healthCheck: { intervalMs: 500, recursionDesired: true, domain: '.' },
    tls: {},
    policy: 'random',
    maxConcurrent: 0,
    next: [],
    nextOnNodata: false,
    failover: [],
    failfast: false,
    dohMethod: 'POST',
    resolvers: [],
  }
}

/** Reads the option at the cursor with its arguments into `options`; throws CorefileError. */
export function readOption(options: Draft, controller: Controller): void {
  const { tokens } = controller
  const option = tokens.val()
  switch (option) {
    case 'except':
      options.except = [...options.except, ...usableZones(someArguments(controller), controller)]
      return
    case 'force_tcp':
      noArgument(controller)
      options.forceTcp = true
      return
    case 'prefer_udp':
      noArgument(controller)
      options.preferUdp = true
      return
    case 'next_on_nodata':
      noArgument(controller)
      options.nextOnNodata = true
      return
    case 'failfast_all_unhealthy_upstreams':
      noArgument(controller)
      options.failfast = true
      return
    case 'expire':
      options.expireMs = durationNotNegative(option, controller)
      return
    case 'max_age':
      options.maxAgeMs = durationNotNegative(option, controller)
      return
    case 'read_timeout':
      options.readTimeoutMs = duration(controller)
      if (options.readTimeoutMs > 0) return
      throw tokens.plainErr(
        `read_timeout must be positive: ${formatDuration(options.readTimeoutMs)}`,
      )
    case 'max_idle_conns':
      options.maxIdleConnections = numberNotNegative(option, controller)
      return
    case 'max_concurrent':
      options.maxConcurrent = numberNotNegative(option, controller)
      return
    case 'max_fails':
      options.maxFails = checked(parseUint32(argument(controller)), controller)
      return
    case 'max_connect_attempts':
      options.maxConnectAttempts = checked(parseUint32(argument(controller)), controller)
      return
    case 'health_check':
      options.healthCheck = healthCheck(controller)
      return
    case 'tls':
      options.tls = tlsFiles(controller)
      return
    case 'tls_servername':
      options.tlsServername = argument(controller)
      return
    case 'policy':
      options.policy = policy(controller)
      return
    case 'next':
      options.next = [...options.next, ...rcodes(controller)]
      return
    case 'failover':
      options.failover = [...options.failover, ...failoverRcodes(controller)]
      return
    case 'doh_method':
      options.dohMethod = dohMethod(controller)
      return
    case 'resolver':
      options.resolvers = resolvers(controller)
      return
    case 'source_address':
      options.sourceAddress = sourceAddress(controller)
      return
    default:
      throw tokens.unknownErr(`unknown property '${option}'`)
  }
}

function noArgument({ tokens }: Controller): void {
  if (tokens.nextArg()) throw tokens.argErr()
}

/** The next argument; as in CoreDNS, what follows it on the line is the next option. */
function argument({ tokens }: Controller): string {
  if (!tokens.nextArg()) throw tokens.argErr()
  return tokens.val()
}

function someArguments({ tokens }: Controller): readonly string[] {
  const args = tokens.remainingArgs()
  if (args.length === 0) throw tokens.argErr()
  return args
}

function checked<T>(result: Result<T>, { tokens }: Controller): T {
  if (!result.ok) throw tokens.plainErr(result.message)
  return result.value
}

function duration(controller: Controller): number {
  const { tokens } = controller
  return durationOr(argument(controller), (message) => tokens.plainErr(message))
}

function durationNotNegative(option: string, controller: Controller): number {
  const ms = duration(controller)
  if (ms >= 0) return ms
  throw controller.tokens.plainErr(`${option} can't be negative: ${formatDuration(ms)}`)
}

function numberNotNegative(option: string, controller: Controller): number {
  const value = checked(atoi(argument(controller)), controller)
  if (value >= 0) return value
  throw controller.tokens.plainErr(`${option} can't be negative: ${value}`)
}

function healthCheck(controller: Controller): ForwardOptions['healthCheck'] {
  const { tokens } = controller
  const intervalMs = duration(controller)
  // CoreDNS prints the nanoseconds.
  const nanoseconds = Math.round(intervalMs * 1e6)
  if (nanoseconds < 0) throw tokens.plainErr(`health_check can't be negative: ${nanoseconds}`)
  let recursionDesired = true
  let domain = '.'
  while (tokens.nextArg()) {
    switch (tokens.val()) {
      case 'no_rec':
        recursionDesired = false
        break
      case 'domain': {
        const name = argument(controller)
        if (!isDomainName(name)) {
          throw tokens.plainErr(`health_check: invalid domain name ${name}`)
        }
        if (name.includes('\\')) throw tokens.unsupported(`escapes in domain ${name}`)
        domain = normalizedName(name)
        break
      }
      default:
        throw tokens.plainErr(`health_check: unknown option ${tokens.val()}`)
    }
  }
  return { intervalMs, recursionDesired, domain }
}

/** `tls`, `tls CA`, `tls CERT KEY`, `tls CERT KEY CA` (coredns plugin/pkg/tls NewTLSConfigFromArgs). */
function tlsFiles(controller: Controller): ForwardOptions['tls'] {
  const { tokens } = controller
  const args = tokens.remainingArgs().map((name) => filePath(name, controller))
  if (args.length > 3) throw tokens.argErr()
  const [first, key, ca] = args
  if (first === undefined) return {}
  if (key === undefined) return { ca: first }
  return { cert: first, key, ...(ca === undefined ? {} : { ca }) }
}

function policy(controller: Controller): ForwardOptions['policy'] {
  const name = argument(controller)
  if (name === 'random' || name === 'round_robin' || name === 'sequential') return name
  throw controller.tokens.unknownErr(`unknown policy '${name}'`)
}

function rcodes(controller: Controller): readonly number[] {
  return someArguments(controller).map((name) => {
    const rcode = rcodeOf(name.toUpperCase())
    if (rcode === undefined) throw controller.tokens.plainErr(`${name} is not a valid rcode`)
    return rcode
  })
}

function failoverRcodes(controller: Controller): readonly number[] {
  const all = rcodes(controller)
  if (!all.includes(0)) return all
  throw controller.tokens.plainErr('NoError cannot be used in failover')
}

function dohMethod(controller: Controller): ForwardOptions['dohMethod'] {
  const method = argument(controller)
  if (method === 'POST' || method === 'GET') return method
  throw controller.tokens.plainErr('doh_method must be either POST or GET')
}

function resolvers(controller: Controller): readonly string[] {
  const { tokens } = controller
  return someArguments(controller).map((text) => {
    const parts = splitAddress(text)
    const host = parts.ok ? parts.value.host : text
    if (plainAddress(host) === undefined) {
      throw tokens.plainErr(`resolver must be an IP address or IP:port: ${quote(text)}`)
    }
    return text
  })
}

function sourceAddress(controller: Controller): string {
  const text = argument(controller)
  const address = plainAddress(text)
  if (address === undefined) throw controller.tokens.errf(`invalid IP address: ${text}`)
  return address
}
