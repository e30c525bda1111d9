// The labels that `kubernetes` gives to queries: the parts of the name (coredns plugin/kubernetes/metadata.go, parse.go). They
// say what the name means, not whether it exists.
import { concat, nameToText } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { ZoneSet } from '../multicluster/zone-set.ts'
import type { Labels } from '../runtime.ts'

/** The parts of a name by their labels, without "kubernetes/". A part that the name does not have is ''. */
type Parts = Readonly<Record<string, string>>

interface NameRules {
  /** True for a zone with the names of imported Services. */
  readonly isMulticluster: boolean
  /** The option `zonal`. */
  readonly zonal: boolean
}

const PREFIX = 'kubernetes/'
const INVALID: Parts = { 'parse-error': 'invalid query name' }
const DIRECTIVES = ['pin', 'prefer']

/** The labels of one directive. */
export function kubernetesLabels(
  zones: ZoneSet,
  multiclusterZones: ReadonlySet<ZoneAnswerer>,
  zonal: boolean,
): Labels {
  return {
    label(name) {
      if (!name.startsWith(PREFIX)) return undefined
      const part = name.slice(PREFIX.length)
      return ({ request }) => {
        const zone = zones.zoneOf(request)
        if (zone === undefined) return undefined
        const labels = labelTexts(request, zone.zone.length)
        return partsOf(labels, { isMulticluster: multiclusterZones.has(zone), zonal })[part]
      }
    },
  }
}

/** The parts of a name, whose labels are those before the zone. */
export function partsOf(labels: readonly string[], { isMulticluster, zonal }: NameRules): Parts {
  const parts: Record<string, string> = {
    'port-name': '',
    protocol: '',
    endpoint: '',
    service: '',
    namespace: '',
    kind: '',
    ...(isMulticluster ? { cluster: '' } : {}),
    ...(zonal ? { zone: '' } : {}),
  }
  const kind = labels.at(-1)
  // The apex, and the names that all others are below.
  if (kind === undefined || (labels.length === 1 && isKind(kind))) return parts
  if (!isKind(kind)) return INVALID
  const [service = '', namespace = ''] = [labels.at(-3), labels.at(-2)]
  Object.assign(parts, { kind, namespace, service })
  const before = labels.slice(0, -3)
  const [first = '', second = ''] = before
  if (before.length === 1) parts.endpoint = first
  if (before.length === 2) {
    const isPort = !isMulticluster || first.startsWith('_') || second.startsWith('_')
    if (isPort) Object.assign(parts, { 'port-name': bare(first), protocol: bare(second) })
    else Object.assign(parts, { endpoint: first, cluster: second })
  }
  if (before.length > 2) {
    const isZonal =
      zonal &&
      !isMulticluster &&
      kind === 'svc' &&
      before.at(-1) === '_zone' &&
      DIRECTIVES.includes(before.at(-2)!)
    if (!isZonal) return INVALID
    parts.zone = before.slice(0, -2).join('.')
  }
  return parts
}

function isKind(label: string): boolean {
  return label === 'svc' || label === 'pod'
}

function bare(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label
}

/** The labels before the zone as text, escaped as in `nameToText`. */
function labelTexts({ name, nameLength }: Request, zoneLength: number): readonly string[] {
  const texts: string[] = []
  for (let at = 0; at < nameLength - zoneLength; at += name[at]! + 1) {
    const label = concat(name.subarray(at, at + 1 + name[at]!), ROOT)
    texts.push(nameToText(label).slice(0, -1))
  }
  return texts
}

const ROOT = new Uint8Array(1)
