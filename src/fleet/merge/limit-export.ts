// Leaves out of an export what exceeds the limits. What stays does not depend on the order of arrival, and a new object
// replaces nothing: the first ports of the Service, and the endpoints of the oldest EndpointSlices. Only ports that the
// Service has are kept: kube-proxy and DNS match ports by name.
import type { ExportLimit, ExportLimits } from '../api/export-limits.ts'
import { usableFamilies } from '../api/ip-families.ts'
import type { EndpointView, IpFamily, ServiceView, SliceView } from '../api/types.ts'

/** An EndpointSlice of an export, with its name for messages. */
export interface ExportedSlice extends SliceView {
  readonly name: string
}

/** What is left of an export. */
export interface LimitedExport {
  readonly service: ServiceView
  readonly slices: readonly ExportedSlice[]
  /** The limits that the export exceeds. */
  readonly exceeded: ReadonlySet<ExportLimit>
}

/** EndpointSlices that are looked at though nobody imports them: without endpoints, or with host names. */
const MAX_IDLE_SLICES = 10_000

/** What one IP family may still have. */
interface Budget {
  endpoints: number
  backends: number
  /** The limit that was met; nothing more is taken. */
  met?: ExportLimit
}

/**
 * Limits an export. `slices` are those of the Service, the oldest first. They are read no further than the limits reach:
 * there may be a thousand with a thousand endpoints each.
 */
export function limitExport(
  service: ServiceView,
  slices: Iterable<ExportedSlice>,
  limits: ExportLimits,
): LimitedExport {
  const ports = service.ports.slice(0, limits.ports)
  const kept = new Set(ports.map(({ name }) => name))
  const leftOut = new Set(service.ports.slice(limits.ports).map(({ name }) => name))
  const exceeded = new Set<ExportLimit>(leftOut.size > 0 ? ['ports'] : [])
  const budgets = new Map<IpFamily, Budget>()
  const limited: ExportedSlice[] = []
  // Each slice in use has an endpoint. These bound how many slices are looked at.
  let remaining = 2 * limits.endpoints
  let idle = MAX_IDLE_SLICES
  for (const slice of slices) {
    const budget = budgetOf(slice.addressType, budgets, limits)
    const isMet = budget?.met !== undefined
    const isIdle = budget === undefined || (!isMet && slice.endpoints.length === 0)
    if ((isIdle ? idle-- : remaining--) === 0) {
      exceeded.add('endpoints')
      break
    }
    if (isMet || slice.endpoints.length === 0) continue
    if (budget === undefined) {
      limited.push(exampleOf(slice))
      continue
    }
    const own = slice.ports.filter(({ name }) => kept.has(name))
    // All its ports are left out: it has no endpoints for the others.
    if (own.length === 0 && slice.ports.some(({ name }) => leftOut.has(name))) continue
    const endpoints = takeEndpoints(slice, Math.max(1, own.length), budget)
    if (budget.met !== undefined) exceeded.add(budget.met)
    const { name, addressType, labels } = slice
    if (endpoints.length > 0) limited.push({ name, addressType, labels, ports: own, endpoints })
  }
  return { service: { ...service, ports }, slices: limited, exceeded }
}

/** Undefined for addresses that no cluster imports, such as host names. */
function budgetOf(
  addressType: string,
  budgets: Map<IpFamily, Budget>,
  limits: ExportLimits,
): Budget | undefined {
  const [family] = usableFamilies([addressType])
  if (family === undefined) return undefined
  const { endpoints, backends } = limits
  const budget = budgets.get(family) ?? { endpoints, backends }
  budgets.set(family, budget)
  return budget
}

/** What the warning about a slice that nobody imports needs: that it has an endpoint, and its type of addresses. */
function exampleOf({ name, addressType, endpoints }: ExportedSlice): ExportedSlice {
  const example = endpoints
    .slice(0, 1)
    .map((one) => ({ ...one, addresses: one.addresses.slice(0, 1) }))
  return { name, addressType, labels: {}, ports: [], endpoints: example }
}

/** The endpoints of a slice that `budget` allows, which they reduce; `used` is the number of ports they have. */
function takeEndpoints(slice: SliceView, used: number, budget: Budget): readonly EndpointView[] {
  const byBackends = Math.floor(budget.backends / used)
  const room = Math.min(budget.endpoints, byBackends)
  const count = countOf(slice.endpoints)
  if (count > room) {
    budget.met = byBackends < budget.endpoints ? 'backends' : 'endpoints'
    return firstByAddress(slice.endpoints, room)
  }
  budget.endpoints -= count
  budget.backends -= Math.max(count * used, slice.ports.length)
  return slice.endpoints
}

/** The endpoints with the first addresses, `most` in all; their order in a slice has no meaning. */
function firstByAddress(endpoints: readonly EndpointView[], most: number): readonly EndpointView[] {
  const keyed = endpoints.map((endpoint) => [endpoint.addresses.join(), endpoint] as const)
  let room = most
  return keyed
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, endpoint]) => endpoint)
    .filter((endpoint) => {
      room -= countOf([endpoint])
      return room >= 0
    })
}

/** The number of addresses; an endpoint without any counts as one. */
function countOf(endpoints: readonly EndpointView[]): number {
  return endpoints.reduce((sum, { addresses }) => sum + Math.max(1, addresses.length), 0)
}
