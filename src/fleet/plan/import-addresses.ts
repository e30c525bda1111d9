// `spec.ips` and `spec.ipFamilies` of an import, which are written together. The derived Service has an address in
// every IP family of its cluster. Only families that an export serves are published, since an address without
// endpoints is worse than none. Families that the user set are never changed.
import { familyOf, usableFamilies } from '../api/ip-families.ts'
import type { DerivedServiceView, ImportView, IpFamily } from '../api/types.ts'

/** The addresses and IP families that an import publishes. */
export interface ImportAddresses {
  readonly ips: readonly string[]
  readonly ipFamilies: readonly string[]
  /** False if the exports, the import and this cluster have no IP family in common: `IPFamilyNotSupported`. */
  readonly supported: boolean
  /** True if the import has other values now. */
  readonly changed: boolean
}

/**
 * Returns the addresses to publish. `families` are those of the exports, [] or undefined while unknown. `service` is
 * our Service, undefined while it is missing or not ours. `limit` is the number of addresses that the CRD allows.
 * While the Service has no address, the import keeps its values.
 */
export function importAddresses(
  serviceImport: ImportView,
  families: readonly IpFamily[] | undefined,
  service: Pick<DerivedServiceView, 'clusterIPs'> | undefined,
  limit = 2,
): ImportAddresses {
  const { type, ownFamilies } = serviceImport
  const own = ownFamilies ? usableFamilies(serviceImport.ipFamilies) : []
  const wanted = own.length > 0 ? own : (families ?? [])
  const isServed = !families?.length || wanted.some((family) => families.includes(family))
  if (!isServed) return result(serviceImport, [], serviceImport.ipFamilies, false)
  if (type === 'Headless') {
    const published = ownFamilies || wanted.length === 0 ? serviceImport.ipFamilies : wanted
    return result(serviceImport, [], published, true)
  }
  const available = (service?.clusterIPs ?? []).filter((ip) => familyOf(ip) !== undefined)
  if (available.length === 0) {
    return result(serviceImport, serviceImport.ips, serviceImport.ipFamilies, true)
  }
  const ips = choose(serviceImport.ips, available, wanted, own.length > 0).slice(0, limit)
  return result(
    serviceImport,
    ips,
    ownFamilies ? serviceImport.ipFamilies : ips.map((ip) => familyOf(ip)!),
    ips.length > 0,
  )
}

/** Returns the addresses while the families of the exports are unknown: those of the published families. */
export function keptAddresses(
  serviceImport: ImportView,
  service: Pick<DerivedServiceView, 'clusterIPs'> | undefined,
  limit = 2,
): ImportAddresses {
  const { ips, ipFamilies, conditions } = serviceImport
  const isUnsupported = conditions.some(
    ({ type, reason }) => type === 'Ready' && reason === 'IPFamilyNotSupported',
  )
  if (isUnsupported) return result(serviceImport, ips, ipFamilies, false)
  const families = usableFamilies(ips.map((ip) => familyOf(ip) ?? ''))
  return importAddresses(serviceImport, families, service, limit)
}

function choose(
  published: readonly string[],
  available: readonly string[],
  wanted: readonly IpFamily[],
  inWantedOrder: boolean,
): readonly string[] {
  if (wanted.length === 0) {
    // Without an export the published addresses stay, so that an unexport changes no address.
    const stays = published.length > 0 && published.every((ip) => available.includes(ip))
    return stays ? published : available
  }
  if (!inWantedOrder) return available.filter((ip) => wanted.includes(familyOf(ip)!))
  return wanted.flatMap((family) => available.find((ip) => familyOf(ip) === family) ?? [])
}

function result(
  serviceImport: ImportView,
  ips: readonly string[],
  ipFamilies: readonly string[],
  supported: boolean,
): ImportAddresses {
  const changed = !same(ips, serviceImport.ips) || !same(ipFamilies, serviceImport.ipFamilies)
  return { ips, ipFamilies, supported, changed }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}
