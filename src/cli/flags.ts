// Parses the command line in the forms of Go's package flag, as CoreDNS does (coredns coremain/run.go):
// `-x v`, `-x=v`, `--x`, booleans without a value.
import { isIP } from 'node:net'
import { CodedError } from '../errors.ts'
import type { Transport } from '../server/shared/messages.ts'
import { nearest } from '../spelling.ts'
import type { FlagSpec } from './command.ts'

/** The parsed command line of `serve`, `check` and `demo`. */
export interface Flags {
  readonly conf: string
  readonly port: number
  readonly pidfile: string
  readonly logFormat: 'coredns' | 'json'
  readonly transport: 'auto' | Transport
  /** The addresses of a node cache; empty for another server. */
  readonly localIps: readonly string[]
  /** Of `check`. */
  readonly output: 'text' | 'json' | 'yaml'
  readonly quiet: boolean
  readonly version: boolean
  readonly plugins: boolean
  readonly help: boolean
}

/** The commands with these flags. */
export const SERVER_COMMANDS = ['serve', 'check', 'demo'] as const
export type ServerCommand = (typeof SERVER_COMMANDS)[number]

/** The flags of all these commands. */
const flagTable: readonly FlagSpec[] = [
  {
    names: ['conf'],
    value: 'FILE',
    help: 'Corefile to load (default ./Corefile; "stdin" reads a pipe)',
    isPath: true,
  },
  {
    names: ['dns.port', 'p'],
    value: 'PORT',
    help: 'port of server blocks without a port (default 53; 0 chooses a free port)',
  },
  {
    names: ['pidfile'],
    value: 'FILE',
    help: 'file to write the process id to; removed at exit',
    isPath: true,
  },
  {
    names: ['log-format'],
    value: 'FORMAT',
    help: 'coredns (default) or json',
    choices: ['coredns', 'json'],
  },
  {
    names: ['transport'],
    value: 'WAY',
    help: 'UDP transport: "mmsg" (batches through libc), "dgram", "single" (dgram and TCP in one thread, for a sidecar), or "auto" (default: mmsg if available)',
    choices: ['auto', 'mmsg', 'dgram', 'single'],
  },
  {
    names: ['localip'],
    value: 'ADDRESSES',
    help: 'node cache: addresses to create on the interface nodelocaldns, separated by commas, with rules that lead their queries here',
  },
  {
    names: ['output', 'o'],
    value: 'FORMAT',
    help: 'json or yaml for programs (default: text for people)',
    choices: ['json', 'yaml'],
  },
  { names: ['quiet'], help: 'do not print zones and version at start' },
  { names: ['version'], help: 'print the version and exit' },
  { names: ['plugins'], help: 'list the directives and exit' },
  { names: ['help', 'h'], help: 'print this help and exit' },
]

/** The flags that the other commands do not use. */
const UNUSED: Readonly<Record<ServerCommand, readonly string[]>> = {
  serve: ['output'],
  check: ['pidfile', 'log-format', 'transport', 'localip', 'quiet', 'version', 'plugins'],
  // Its Corefile is its own.
  demo: ['conf', 'localip', 'output', 'version', 'plugins'],
}

/** The flags that a command uses. */
export function flagsOf(command: ServerCommand): readonly FlagSpec[] {
  return flagTable.filter(({ names }) => !names.some((name) => UNUSED[command].includes(name)))
}

/** An invalid command line (code FLAGS); `usage` is true if the usage text should be printed with it. */
export class FlagError extends CodedError {
  readonly usage: boolean
  /** Default as in CoreDNS: 2 for errors that Go's package flag reports, 1 for all others. */
  readonly exitCode: number
  /** The known word that the user probably meant. */
  readonly meant: string | undefined

  constructor(message: string, usage: boolean, exitCode = usage ? 2 : 1, meant?: string) {
    super('FLAGS', message)
    this.name = 'FlagError'
    this.usage = usage
    this.exitCode = exitCode
    this.meant = meant
  }
}

/** Parses the flags of a command. Throws FlagError with the text of Go's package flag or of CoreDNS. */
export function parseFlags(args: readonly string[], command: ServerCommand = 'serve'): Flags {
  const known = flagsOf(command)
  const values = new Map<string, string>()
  const rest: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg)
    if (match === null) {
      // Go stops at the first argument that is not a flag.
      rest.push(...args.slice(arg === '--' ? i + 1 : i))
      break
    }
    const [, name, attached] = match
    const flag = known.find(({ names }) => names.includes(name!))
    if (flag === undefined) throw unknownFlag(name!, known)
    const key = flag.names[0]!
    if (attached !== undefined) values.set(key, attached)
    else if (flag.value === undefined) values.set(key, 'true')
    else if (i + 1 < args.length) values.set(key, args[++i]!)
    else throw new FlagError(`flag needs an argument: -${name}`, true)
  }
  if (rest.length > 0)
    throw new FlagError(`extra command line arguments: [${rest.join(' ')}]`, false)
  return {
    conf: values.get('conf') ?? '',
    port: port(values.get('dns.port') ?? '53'),
    pidfile: values.get('pidfile') ?? '',
    logFormat: logFormat(values.get('log-format') ?? 'coredns'),
    transport: transport(values.get('transport') ?? 'auto'),
    localIps: localIps(values.get('localip') ?? ''),
    output: output(values.get('output') ?? 'text'),
    quiet: bool('quiet', values),
    version: bool('version', values),
    plugins: bool('plugins', values),
    help: bool('help', values),
  }
}

function unknownFlag(name: string, known: readonly FlagSpec[]): FlagError {
  const meant = nearest(
    name,
    known.flatMap(({ names }) => names),
  )
  const message = `flag provided but not defined: -${name}`
  return new FlagError(message, true, 2, meant && `-${meant}`)
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 65536
  if (value <= 65535) return value
  throw new FlagError(
    `invalid port "${text}" for -dns.port: must be a number from 0 to 65535`,
    false,
  )
}

function logFormat(text: string): Flags['logFormat'] {
  if (text === 'coredns' || text === 'json') return text
  throw new FlagError(`invalid value "${text}" for -log-format: must be coredns or json`, false)
}

function output(text: string): Flags['output'] {
  if (text === 'text' || text === 'json' || text === 'yaml') return text
  throw new FlagError(`invalid value "${text}" for -output: must be json or yaml`, false, 2)
}

function transport(text: string): Flags['transport'] {
  if (text === 'auto' || text === 'mmsg' || text === 'dgram' || text === 'single') return text
  const ways = 'must be auto, mmsg, dgram or single'
  throw new FlagError(`invalid value "${text}" for -transport: ${ways}`, false)
}

/** The error text is that of NodeLocal DNSCache (kubernetes/dns cmd/node-cache). */
function localIps(text: string): readonly string[] {
  const addresses = text === '' ? [] : text.split(',')
  const invalid = addresses.find((one) => isIP(one) === 0 || /%|^0\.0\.0\.0$|^[0:]+$/.test(one))
  if (invalid !== undefined)
    throw new FlagError(`invalid localip specified - ${JSON.stringify(invalid)}`, false)
  return [...new Set(addresses)]
}

/** Go's strconv.ParseBool. */
function bool(name: string, values: ReadonlyMap<string, string>): boolean {
  const text = values.get(name)
  if (text === undefined) return false
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false
  throw new FlagError(`invalid boolean value "${text}" for -${name}: parse error`, true)
}
