// The options of `kubernetes`, each checked like in CoreDNS 1.14.7, with its error texts.
import { atoi, quote } from '../../corefile/go-text.ts'
import { type LabelSelector, parseLabelSelector } from '../../corefile/label-selector.ts'
import type { SourceSpec, TlsFiles } from '../../kube/source-spec.ts'
import { durationOr, fallthroughZones, usableZones } from '../arguments.ts'
import { kubeconfigArguments, ttlArgument } from '../multicluster/options.ts'
import { type SnapshotOption, snapshotArguments } from '../multicluster/snapshot-option.ts'
import type { Controller } from '../plugin.ts'
import type { PodMode } from './pods.ts'

/** Reads the options of one directive. */
export class KubernetesStanza {
  multiclusterZones: readonly string[] = []
  kubeconfig: SourceSpec | undefined
  manifests: SourceSpec | undefined
  endpoint: string | undefined
  tls: TlsFiles | undefined
  ttl = 5
  startupTimeoutMs = 5000
  fallthrough: readonly string[] | undefined
  pods: PodMode = 'disabled'
  endpointPodNames = false
  namespaces: readonly string[] = []
  namespaceLabels: LabelSelector | undefined
  labels: LabelSelector | undefined
  endpoints = true
  ignoreEmptyService = false
  zonal = false
  snapshot: SnapshotOption | undefined
  readonly requests = { qps: 0, burst: 0, maxInflight: 0 }
  readonly #controller: Controller

  constructor(controller: Controller) {
    this.#controller = controller
  }

  /** Reads the option at the cursor with its arguments; throws CorefileError. */
  readOption(): void {
    const { tokens } = this.#controller
    const option = tokens.val()
    // CoreDNS' messages name the token at the cursor after the arguments are read, so read them first.
    const args = option === 'kubeconfig' ? [] : this.#arguments(option)
    if (!this.#readSource(option, args) && !this.#readScope(option, args)) {
      this.#readAnswers(option, args)
    }
  }

  /** Where the objects come from, and how they are asked for; false for another option. */
  #readSource(option: string, args: readonly string[]): boolean {
    const { tokens } = this.#controller
    const [first = ''] = args
    switch (option) {
      case 'kubeconfig':
        this.kubeconfig = kubeconfigArguments(tokens)
        return true
      case 'manifests':
        this.manifests = { kind: 'manifests', directory: first }
        return true
      case 'endpoint':
        this.#setEndpoint(args)
        return true
      case 'tls':
        this.tls = { cert: first, key: args[1]!, ca: args[2]! }
        return true
      case 'startup_timeout':
        this.startupTimeoutMs = durationOr(first, (message) =>
          tokens.plainErr(`failed to parse startup_timeout: ${first}, ${message}`),
        )
        return true
      case 'snapshot':
        this.snapshot = snapshotArguments(args, this.#controller)
        return true
      case 'apiserver_qps':
        this.requests.qps = this.#limit(option, first, parseFloat32(first))
        return true
      case 'apiserver_burst':
        this.requests.burst = this.#limit(option, first, atoi(first))
        return true
      case 'apiserver_max_inflight':
        this.requests.maxInflight = this.#limit(option, first, atoi(first))
        return true
      default:
        return false
    }
  }

  /** Which objects have names; false for another option. */
  #readScope(option: string, args: readonly string[]): boolean {
    switch (option) {
      case 'multicluster':
        this.multiclusterZones = usableZones(args, this.#controller)
        return true
      case 'namespaces':
        this.namespaces = [...this.namespaces, ...args]
        return true
      case 'namespace_labels':
        this.namespaceLabels = this.#selector('namespace_label', args)
        return true
      case 'labels':
        this.labels = this.#selector('label', args)
        return true
      default:
        return false
    }
  }

  /** What is answered. */
  #readAnswers(option: string, args: readonly string[]): void {
    const { tokens, warn } = this.#controller
    const [first] = args
    switch (option) {
      case 'ttl':
        this.ttl = ttlArgument(first!, tokens)
        return
      case 'fallthrough':
        this.fallthrough = fallthroughZones(args, this.#controller)
        return
      case 'pods':
        if (first !== 'disabled' && first !== 'insecure' && first !== 'verified') {
          const values = 'disabled, verified, insecure'
          throw tokens.plainErr(`wrong value for pods: ${first},  must be one of: ${values}`)
        }
        this.pods = first
        return
      case 'endpoint_pod_names':
        this.endpointPodNames = true
        return
      case 'noendpoints':
        this.endpoints = false
        return
      case 'zonal':
        this.zonal = true
        return
      default:
        // `ignore`
        if (first === undefined) warn('ignore has no effect: it has no value')
        else if (first !== 'empty_service') {
          throw tokens.plainErr(`unable to parse ignore value: '${first}'`)
        } else this.ignoreEmptyService = true
    }
  }

  #arguments(option: string): readonly string[] {
    const { tokens } = this.#controller
    const count = ARGUMENTS.get(option)
    if (count === undefined) throw tokens.unknownErr(`unknown property '${option}'`)
    const args = tokens.remainingArgs()
    const [least, most] = count
    if (args.length < least || args.length > most) throw tokens.argErr()
    return args
  }

  #setEndpoint(urls: readonly string[]): void {
    // A Corefile is shown and stored as no secret; a kubeconfig is.
    if (urls.some((url) => url.includes('@'))) {
      throw this.#controller.tokens.errf(
        'endpoint must not hold a user name or password; use kubeconfig for a server that needs them',
      )
    }
    this.endpoint = urls[0]!
    if (urls.length < 2) return
    this.#controller.warn(
      'Multiple endpoints have been deprecated, only the first specified endpoint ' +
        `'${this.endpoint}' is used`,
    )
  }

  #limit(option: string, text: string, number: ReturnType<typeof atoi>): number {
    const { tokens } = this.#controller
    if (!number.ok) throw tokens.errf(`invalid ${option} ${quote(text)}: ${number.message}`)
    if (number.value < 0) throw tokens.errf(`${option} must be >= 0`)
    return number.value
  }

  #selector(what: string, args: readonly string[]): LabelSelector {
    const text = args.join(' ')
    const selector = parseLabelSelector(text)
    if (selector.ok) return selector.value
    const message = `unable to parse ${what} selector value: '${text}': ${selector.message}`
    throw this.#controller.tokens.plainErr(message)
  }
}

// The minimum and maximum number of arguments of each option.
const ANY = Number.POSITIVE_INFINITY
const ARGUMENTS = new Map<string, readonly [number, number]>([
  ['apiserver_burst', [1, 1]],
  ['apiserver_max_inflight', [1, 1]],
  ['apiserver_qps', [1, 1]],
  ['endpoint', [1, ANY]],
  ['endpoint_pod_names', [0, 0]],
  ['fallthrough', [0, ANY]],
  ['ignore', [0, ANY]],
  ['labels', [1, ANY]],
  ['manifests', [1, 1]],
  ['multicluster', [0, ANY]],
  ['namespace_labels', [1, ANY]],
  ['namespaces', [1, ANY]],
  ['noendpoints', [0, 0]],
  ['pods', [1, 1]],
  ['snapshot', [1, 3]],
  ['startup_timeout', [1, ANY]],
  ['tls', [3, 3]],
  ['ttl', [1, ANY]],
  ['zonal', [0, 0]],
])

// strconv.ParseFloat(text, 32) for decimal numbers.
function parseFloat32(text: string): ReturnType<typeof atoi> {
  const fail = (why: string) => {
    return { ok: false, message: `strconv.ParseFloat: parsing ${quote(text)}: ${why}` } as const
  }
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return fail('invalid syntax')
  const value = Number(text)
  return Math.abs(value) > 3.4028235677973366e38 ? fail('value out of range') : { ok: true, value }
}
