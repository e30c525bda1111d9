// The options of `kubernetes`, each checked like in CoreDNS 1.14.7. The first unsupported option is recorded and
// refused at the end, so that a mistake anywhere in the stanza gets CoreDNS' own message.
import type { CorefileError } from '../../corefile/error.ts'
import { atoi, quote } from '../../corefile/go-text.ts'
import type { TlsFiles } from '../../kube/source-spec.ts'
import { durationOr, fallthroughZones, usableZones } from '../arguments.ts'
import { kubeconfigArguments, newDraft, ttlArgument } from '../multicluster/options.ts'
import type { Controller } from '../plugin.ts'

/** Reads the options of one directive. */
export class KubernetesStanza {
  readonly draft = newDraft([])
  multiclusterZones: readonly string[] = []
  endpoint: string | undefined
  tls: TlsFiles | undefined
  namespaces = false
  namespaceLabels = false
  zonal = false
  noEndpoints = false
  /** The error of the first unsupported option. */
  unsupported: CorefileError | undefined
  readonly #controller: Controller

  constructor(controller: Controller) {
    this.#controller = controller
  }

  /** Reads the option at the cursor with its arguments; throws CorefileError. */
  readOption(): void {
    const { tokens } = this.#controller
    const option = tokens.val()
    const at = tokens.position()
    // CoreDNS' messages name the token at the cursor after the arguments are read, so read them first.
    const args = option === 'kubeconfig' ? [] : this.#arguments(option)
    if (this.#readSupported(option, args) || !this.#isUnsupported(option, args)) return
    this.unsupported ??= tokens.unsupported(`option '${option}' of kubernetes`, at)
  }

  /** Reads an option with all its values; false if it is another option. */
  #readSupported(option: string, args: readonly string[]): boolean {
    const { tokens } = this.#controller
    const [first = ''] = args
    switch (option) {
      case 'multicluster':
        this.multiclusterZones = usableZones(args, this.#controller)
        return true
      case 'kubeconfig':
        this.draft.source = kubeconfigArguments(tokens)
        return true
      case 'endpoint':
        this.#setEndpoint(args)
        return true
      case 'tls':
        this.tls = { cert: first, key: args[1]!, ca: args[2]! }
        return true
      case 'fallthrough':
        this.draft.fallthrough = fallthroughZones(args, this.#controller)
        return true
      case 'ttl':
        this.draft.ttl = ttlArgument(first, tokens)
        return true
      case 'startup_timeout':
        this.draft.startupTimeoutMs = durationOr(first, (message) =>
          tokens.plainErr(`failed to parse startup_timeout: ${first}, ${message}`),
        )
        return true
      case 'noendpoints':
        // Does not affect multicluster zones, which keep their endpoints (coredns controller.go).
        this.noEndpoints = true
        return true
      case 'apiserver_qps':
      case 'apiserver_burst':
      case 'apiserver_max_inflight':
        this.#checkLimit(option, first)
        return true
      default:
        return false
    }
  }

  /** Checks the value of an option that is not supported, or only with some values; false if the value is supported. */
  #isUnsupported(option: string, args: readonly string[]): boolean {
    const { tokens, warn } = this.#controller
    const [first] = args
    switch (option) {
      case 'pods':
        if (!['disabled', 'insecure', 'verified'].includes(first ?? '')) {
          const values = 'disabled, verified, insecure'
          throw tokens.plainErr(`wrong value for pods: ${first},  must be one of: ${values}`)
        }
        if (first === 'insecure') warn(PODS_INSECURE)
        return first === 'verified'
      case 'ignore':
        if (first !== undefined && first !== 'empty_service') {
          throw tokens.plainErr(`unable to parse ignore value: '${first}'`)
        }
        return first !== undefined
      case 'namespaces':
        this.namespaces = true
        return true
      case 'namespace_labels':
        this.namespaceLabels = true
        return true
      case 'zonal':
        this.zonal = true
        warn('zonal has no effect: a multicluster zone has no names with topology zones')
        return false
      default:
        // `labels` and `endpoint_pod_names`.
        return true
    }
  }

  #arguments(option: string): readonly string[] {
    const { tokens } = this.#controller
    const count = ARGUMENTS.get(option)
    if (count === undefined) throw tokens.errf(`unknown property '${option}'`)
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

  #checkLimit(option: string, text: string): void {
    const { tokens, warn } = this.#controller
    const number = option === 'apiserver_qps' ? parseFloat32(text) : atoi(text)
    if (!number.ok) throw tokens.errf(`invalid ${option} ${quote(text)}: ${number.message}`)
    if (number.value < 0) throw tokens.errf(`${option} must be >= 0`)
    warn(`${option} has no effect: this server only lists and watches`)
  }
}

const PODS_INSECURE =
  'pods insecure has no effect: a multicluster zone has no names of pods (KEP-1645), so they are NXDOMAIN'

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
  ['multicluster', [0, ANY]],
  ['namespace_labels', [1, ANY]],
  ['namespaces', [1, ANY]],
  ['noendpoints', [0, 0]],
  ['pods', [1, 1]],
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
