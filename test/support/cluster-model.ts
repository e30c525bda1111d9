// A slow model of a zone of the cluster. It walks the objects for each question, as CoreDNS does (plugin/kubernetes
// findServices, plugin/backend_lookup.go), and shares no code with the compiler. It knows ClusterIP and headless Services.
import type { LocalService } from '../../src/sources/objects.ts'

export interface ModelOptions {
  readonly endpoints: boolean
  readonly podNames: boolean
  readonly ignoreEmpty: boolean
}

/** One pair of an address and a port; port -1 when none is declared. */
interface Entry {
  readonly address: string
  readonly port: number
  /** Relative. */
  readonly target: string
}

interface ModelReply {
  readonly rcode: string
  /** "TYPE DATA", sorted. */
  readonly answers: readonly string[]
  /** "OWNER TYPE DATA" with relative owners, sorted. */
  readonly additionals: readonly string[]
}

/** The reply to a question of type A, AAAA, SRV or TXT for NAME.NS.svc or a name below it, relative to the zone. */
export function modelReply(
  name: string,
  type: string,
  views: readonly LocalService[],
  options: ModelOptions,
): ModelReply {
  const entries = find(name, views, options)
  const nothing = { answers: [], additionals: [] }
  if (entries.length === 0) {
    const hasBelow = allNames(views, options).some((one) => one.endsWith(`.${name}`))
    return { rcode: hasBelow ? 'NOERROR' : 'NXDOMAIN', ...nothing }
  }
  if (type === 'SRV') return srv(entries)
  const answers = entries
    .filter(({ address }) => typeOf(address) === type)
    .map(({ address }) => `${type} ${address}`)
  return { rcode: 'NOERROR', answers: unique(answers), additionals: [] }
}

function srv(entries: readonly Entry[]): ModelReply {
  const weight = Math.max(1, Math.floor((100 / (100 * entries.length)) * 100))
  const withPort = entries.filter(({ port }) => port !== -1)
  return {
    rcode: 'NOERROR',
    answers: unique(
      withPort.map(({ port, target }) => `SRV 0 ${weight} ${port} ${target}.cluster.local.`),
    ),
    additionals: unique(
      withPort.map(({ address, target }) => `${target} ${typeOf(address)} ${address}`),
    ),
  }
}

function find(name: string, views: readonly LocalService[], options: ModelOptions): Entry[] {
  const labels = name.split('.')
  const [service, namespace] = labels.slice(-3)
  const rest = labels.slice(0, -3)
  const view = views.find(({ service: one }) => one.name === service && one.namespace === namespace)
  if (view === undefined || rest.length > 2) return []
  const [port = '', protocol = ''] =
    rest.length === 2 ? rest.map((one) => one.replace(/^_/, '')) : []
  const endpoint = rest.length === 1 ? rest[0]! : ''
  // A wildcard for the port alone is not served (docs/compatibility.md).
  if (rest.length === 2 && port === '' && protocol !== '') return []
  const isMatch = (one: { readonly name: string; readonly protocol: string }) =>
    (port === '' || port === one.name) && (protocol === '' || protocol === one.protocol)
  const all = endpointEntries(view, options)
  if (view.service.kind === 'Headless' || endpoint !== '') {
    return all.filter((one) => (endpoint === '' || endpoint === one.host) && isMatch(one))
  }
  if (options.ignoreEmpty && all.length === 0) return []
  const { ips, ports } = view.service
  const declared = ports.length === 0 ? [{ name: '', protocol: '', port: -1 }] : ports
  return declared
    .filter(isMatch)
    .flatMap((one) =>
      ips.map((address) => ({ address, port: one.port, target: `${service}.${namespace}.svc` })),
    )
}

function endpointEntries({ service, slices }: LocalService, options: ModelOptions) {
  return (options.endpoints ? slices : []).flatMap(({ endpoints, ports }) =>
    endpoints.flatMap(({ addresses, hostname, podName }) =>
      addresses.flatMap((address) => {
        const host = hostname || (options.podNames && podName) || dashed(address)
        const target = `${host}.${service.name}.${service.namespace}.svc`
        const declared = ports.length === 0 ? [{ name: '', protocol: '', port: -1 }] : ports
        return declared.map((one) => ({ ...one, host, address, target }))
      }),
    ),
  )
}

/** The names that the objects give. */
function allNames(views: readonly LocalService[], options: ModelOptions): string[] {
  return views.flatMap((view) => {
    const { name, namespace, ports } = view.service
    const own = `${name}.${namespace}.svc`
    const entries = endpointEntries(view, options)
    const named = [...ports, ...entries].filter((port) => port.name !== '')
    const candidates = [
      own,
      ...named.map((port) => `_${port.name}._${port.protocol}.${own}`),
      ...entries.map(({ host }) => `${host}.${own}`),
    ]
    return candidates.filter((one) => find(one, views, options).length > 0)
  })
}

function dashed(address: string): string {
  const text = address.replaceAll(/[.:]/g, '-')
  return text.endsWith('-') ? `${text}0` : text
}

function typeOf(address: string): string {
  return address.includes(':') ? 'AAAA' : 'A'
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort()
}
