// multicluster: answers for the names of imported Services in its zones (KEP-1645 DNS specification).
//
//   multicluster [ZONES...] {
//     kubeconfig FILE [CONTEXT]      API server; default: the cluster in which the server runs
//     manifests DIR                  YAML files instead of an API server
//     fallthrough [ZONES...]  noendpoints  ttl SECONDS  startup_timeout DURATION
//     max_ports PORTS  max_endpoints ENDPOINTS  max_bytes BYTES    limits of each Service
//     max_namespace_bytes BYTES
//     snapshot FILE [DURATION] [ready|unready]    keeps the objects for the next start
//   }
import { formatDuration } from '../../corefile/duration.ts'
import type { SourceSpec } from '../../kube/source-spec.ts'
import { durationOr, fallthroughZones, zonesFromArguments } from '../arguments.ts'
import { type Controller, nextOnce, type Plugin } from '../plugin.ts'
import { claimSnapshot } from './claim-snapshot.ts'
import {
  checkZones,
  describeMulticluster,
  kubeconfigArguments,
  type MulticlusterConfig,
  type MulticlusterDraft,
  NO_REQUEST_LIMITS,
  newDraft,
  readLimit,
  ttlArgument,
} from './options.ts'
import { snapshotArguments } from './snapshot-option.ts'

export const multicluster: Plugin<MulticlusterConfig> = {
  name: 'multicluster',
  syntax:
    'multicluster [ZONES...] { kubeconfig FILE [CONTEXT]; manifests DIR; fallthrough [ZONES...]; ' +
    'noendpoints; ttl SECONDS; startup_timeout DURATION; max_ports PORTS; max_endpoints ENDPOINTS; ' +
    'max_bytes BYTES; max_namespace_bytes BYTES; snapshot FILE [DURATION] [ready|unready] }',

  setup(controller) {
    const { tokens } = controller
    const times = { count: 0 }
    let draft = newDraft([])
    let directive = tokens.position()
    while (nextOnce(tokens, times)) {
      directive = tokens.position()
      draft = newDraft(zonesFromArguments(tokens.remainingArgs(), controller))
      checkZones(draft.zones, tokens)
      while (tokens.nextBlock()) readOption(draft, controller)
    }
    const { source = { kind: 'in-cluster' }, ...rest } = draft
    const all = { labels: '', requests: NO_REQUEST_LIMITS, exposed: {} }
    if (rest.snapshot !== undefined && source.kind === 'manifests') {
      throw tokens.errf('snapshot and manifests cannot both be set')
    }
    const config = { plugin: 'multicluster', ...rest, source, ...all } as const
    claimSnapshot(config, directive, controller.claims)
    return config
  },

  describe: describeMulticluster,

  source: ({ source }) => source,

  snapshot: ({ snapshot }) => snapshot?.file,

  zones: ({ zones }) => zones,
}

function readOption(draft: MulticlusterDraft, controller: Controller): void {
  const { tokens } = controller
  const option = tokens.val()
  switch (option) {
    case 'kubeconfig':
      setSource(kubeconfigArguments(tokens))
      return
    case 'manifests':
      setSource({ kind: 'manifests', directory: singleArgument() })
      return
    case 'fallthrough':
      draft.fallthrough = fallthroughZones(tokens.remainingArgs(), controller)
      return
    case 'noendpoints':
      if (tokens.remainingArgs().length > 0) throw tokens.argErr()
      draft.endpoints = false
      return
    case 'ttl':
      draft.ttl = ttlArgument(singleArgument(), tokens)
      return
    case 'startup_timeout': {
      const text = singleArgument()
      draft.startupTimeoutMs = durationOr(text, (message) =>
        tokens.errf(`failed to parse startup_timeout: ${text}, ${message}`),
      )
      if (draft.startupTimeoutMs < 0) {
        const shown = formatDuration(draft.startupTimeoutMs)
        throw tokens.errf(`startup_timeout must not be negative: ${shown}`)
      }
      return
    }
    case 'snapshot':
      draft.snapshot = snapshotArguments(tokens.remainingArgs(), controller)
      return
    case 'max_ports':
    case 'max_endpoints':
    case 'max_bytes':
    case 'max_namespace_bytes':
      readLimit(option, singleArgument(), draft, tokens)
      return
    default:
      throw tokens.unknownErr(`unknown property '${option}'`)
  }

  function singleArgument(): string {
    const args = tokens.remainingArgs()
    if (args.length !== 1) throw tokens.argErr()
    return args[0]!
  }

  function setSource(source: SourceSpec): void {
    if (draft.source !== undefined && draft.source.kind !== source.kind) {
      throw tokens.errf('kubeconfig and manifests cannot both be set')
    }
    draft.source = source
  }
}
