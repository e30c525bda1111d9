// The command line of `clusterset-dns fleet` and the configuration it selects.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CodedError, errorText } from '../errors.ts'
import { ID_RULE } from '../fleet/api/names.ts'
import {
  defaultSettings,
  type FleetConfig,
  isListen,
  LISTEN_RULE,
  type MemberSpec,
  parseFleetConfig,
} from '../fleet/config.ts'
import { isDnsLabel } from '../kube/fields.ts'
import type { LogFormat } from '../log.ts'
import { FlagError } from './flags.ts'

const commands = ['run', 'check', 'leave', 'join'] as const

/** The parsed command line. */
export interface FleetFlags {
  readonly command: (typeof commands)[number]
  readonly config: FleetConfig
  /** Ids of the clusters for `leave` and `join`. */
  readonly clusters: readonly string[]
  /** `leave --all` */
  readonly all: boolean
  readonly yes: boolean
  readonly installCrds: boolean
  readonly dryRun: boolean
  readonly debug: boolean
  readonly logFormat: LogFormat
}

/** The text of --help. */
export const fleetUsage = `Usage: clusterset-dns fleet --config FILE
       clusterset-dns fleet --kubeconfig FILE --contexts A,B    quick start
       clusterset-dns fleet check --config FILE [--install-crds]
       clusterset-dns fleet leave --config FILE CLUSTER... | --all [--yes]
       clusterset-dns fleet join --config FILE CLUSTER...

Exports and imports services between the member clusters (Multi-Cluster Services, KEP-1645).
  check   checks that the hub and each member are reachable and have the CRDs and permissions that the fleet needs
  leave   removes a cluster from the fleet: the fleet's objects in it, and what other clusters import from it
  join    adds a cluster that has left or was rebuilt to the fleet again

  --config FILE        members and settings; see below
  --kubeconfig FILE    quick start: the file with the contexts (default $KUBECONFIG or ~/.kube/config)
  --contexts A,B       quick start: one member for each context, the first is the hub; ID=CONTEXT sets the member's id
  --import-mode MODE   manual (default: users create ServiceImports) or auto (every cluster imports)
  --listen HOST:PORT   /healthz, /readyz and /metrics (default ${defaultSettings.listen})
  --dry-run            print all writes without performing them, and exit
  --install-crds       check: create missing CRDs of the MCS API
  --all                leave: all clusters
  --yes                leave: do not ask for confirmation
  --debug              log every write
  --log-format FORMAT  coredns (default) or json
  --help               show this help and exit

FILE: members: [{id: east, kubeconfig: east.yaml, context: admin}, {id: west, inCluster: true}]
      importMode, listen     as above
      hub: {member: east}    the cluster of the Leases and member Secrets; or {kubeconfig, context}, {inCluster: true};
                             default: the cluster that the fleet runs in, else the first member
      writes: {qps, burst}   rate limit of the writes to each cluster (default 100 and 200)
      leases: {suspectSeconds, expireSeconds}   until an unreachable member is suspect and expired (default 30 and 300)
      exportLimits: {ports, endpoints, backends}   how much one export may bring (default 1000, 5000 and 50000)
      members[].namespaces: {export: {allow, deny}, import: {allow, deny}}   lists of namespaces, with * as wildcard
      members[].endpointCIDRs: [10.1.0.0/16]   where its endpoints may be (default: not in special-purpose ranges)
      members[].ownCIDRs: [10.96.0.0/12]   its Services and nodes: no endpoint of another cluster may be there
      members[].reservedKeys: ['*.kubernetes.io/*']   exported labels and annotations that are not handed on
      members[].maxExportsPerNamespace, maxExports   how many exports count, the oldest first (default 1000 and 10000)
      memberDefaults: {namespaces, ...}   for members without own settings, and for those from Secrets
      leader: {leaseSeconds} time until another replica takes over (default 15)
      memory: {memberMegabytes}   how much is kept of the objects of each member (default 56); a member with more fails
      memberSecrets: {allow: [http, insecure-skip-tls-verify, impersonation]}   what kubeconfigs in Secrets may use
                             (default none)
      Only members is required; with hub, all members may come from Secrets instead.
`

/** Parses the flags; undefined for --help. Throws FlagError, or CodedError FLEET_CONFIG. */
export function parseFleetFlags(args: readonly string[]): FleetFlags | undefined {
  const command = commands.find((one) => one === args[0]) ?? 'run'
  const { values, positionals } = parse(command === 'run' ? args : args.slice(1))
  if (values.help) return undefined
  checkCommandFlags(command, values, positionals)
  const logFormat = values['log-format'] ?? 'coredns'
  if (logFormat !== 'coredns' && logFormat !== 'json') {
    throw usageError(`--log-format is "${logFormat}", not coredns or json`)
  }
  const mode = values['import-mode']
  if (mode !== undefined && mode !== 'manual' && mode !== 'auto') {
    throw usageError(`--import-mode is "${mode}", not manual or auto`)
  }
  if (values.listen !== undefined && !isListen(values.listen)) {
    throw usageError(`--listen is "${values.listen}", ${LISTEN_RULE}`)
  }
  const config = values.config === undefined ? quickStart(values) : fromFile(values)
  return {
    command,
    clusters: positionals,
    all: values.all ?? false,
    yes: values.yes ?? false,
    installCrds: values['install-crds'] ?? false,
    config: {
      ...config,
      ...(mode === undefined ? {} : { importMode: mode }),
      ...(values.listen === undefined ? {} : { listen: values.listen }),
    },
    dryRun: values['dry-run'] ?? false,
    debug: values.debug ?? false,
    logFormat,
  }
}

type Values = ReturnType<typeof parse>['values']

/** The flags that only one command accepts. */
const flagCommands: Readonly<Record<string, FleetFlags['command']>> = {
  'install-crds': 'check',
  all: 'leave',
  yes: 'leave',
  'dry-run': 'run',
  listen: 'run',
  'import-mode': 'run',
}

function checkCommandFlags(
  command: FleetFlags['command'],
  values: Values,
  positionals: readonly string[],
): void {
  for (const [flag, only] of Object.entries(flagCommands)) {
    if (!(flag in values) || only === command) continue
    const where = only === 'run' ? 'fleet without a command' : `fleet ${only}`
    throw usageError(`--${flag} is only valid with ${where}`)
  }
  const takesClusters = command === 'leave' || command === 'join'
  const [extra] = positionals
  if (!takesClusters && extra !== undefined) {
    const text = `unexpected argument "${extra}"; the commands are check, leave and join`
    throw usageError(`${text}\nSee clusterset-dns fleet --help.`)
  }
  if (takesClusters && extra === undefined && !values.all) {
    const all = command === 'leave' ? ', or use --all' : ''
    throw usageError(`fleet ${command}: no cluster given: name its id${all}`)
  }
  if (values.all && extra !== undefined)
    throw usageError('use either cluster ids or --all, not both')
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        kubeconfig: { type: 'string' },
        contexts: { type: 'string' },
        'import-mode': { type: 'string' },
        listen: { type: 'string' },
        'dry-run': { type: 'boolean' },
        debug: { type: 'boolean' },
        'log-format': { type: 'string' },
        'install-crds': { type: 'boolean' },
        all: { type: 'boolean' },
        yes: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    })
  } catch (error) {
    const message = errorText(error)
    throw usageError(`${message}\nSee clusterset-dns fleet --help.`)
  }
}

function fromFile({ config: file = '', contexts, kubeconfig }: Values): FleetConfig {
  if (contexts !== undefined || kubeconfig !== undefined) {
    throw usageError('use either --config, or --kubeconfig and --contexts, not both')
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = errorText(error)
    throw new CodedError('FLEET_CONFIG', `${file}: cannot be read: ${why}`)
  }
  return parseFleetConfig(file, text, dirname(resolve(file)))
}

function quickStart({ contexts = '', kubeconfig }: Values): FleetConfig {
  const file = kubeconfig || kubeconfigOfEnv() || join(homedir(), '.kube', 'config')
  const members = contexts
    .split(',')
    .filter((one) => one !== '')
    .map((one): MemberSpec => {
      // Names of contexts may contain "=".
      const [, id = one, context = one] = /^([^=]*)=(.*)$/s.exec(one) ?? []
      if (!isDnsLabel(id)) {
        throw usageError(`context "${one}" gives the id "${id}", ${ID_RULE}: use ID=CONTEXT`)
      }
      if (context === '') throw usageError(`"${one}" names no context: use ID=CONTEXT`)
      return { id, spec: { kind: 'kubeconfig', file: resolve(file), context } }
    })
  if (members.length === 0) {
    throw usageError('no member clusters given: use --config FILE or --contexts A,B')
  }
  const duplicate = members.find(({ id }, i) => members.findIndex((other) => other.id === id) !== i)
  if (duplicate !== undefined) throw usageError(`two members have the id "${duplicate.id}"`)
  return { ...defaultSettings, members, hub: members[0]?.spec }
}

/** The file named by $KUBECONFIG, '' for none. Throws FlagError when it names several files. */
function kubeconfigOfEnv(): string {
  const files = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '')
  if (files.length <= 1) return files[0] ?? ''
  const text = `$KUBECONFIG names several files (${files.join(', ')}), which is not supported`
  throw usageError(
    `${text}: name one with --kubeconfig, or merge them with kubectl config view --flatten --raw`,
  )
}

/** An error in the command line: exit code 2. */
function usageError(message: string): FlagError {
  return new FlagError(message, false, 2)
}
