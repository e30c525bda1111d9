// What of a Service's endpoints no other cluster can be given, so that its owner is told: an import that is ready and
// has no endpoints would leave a person guessing. Endpoints that are merely not ready are no flaw.

import { isPortless } from './import-ports.ts'
import { isUsableAddress } from './imported-endpoints.ts'
import { survivingPorts } from './imported-slices.ts'
import { usableFamilies } from './ip-families.ts'
import type { ServiceView, SliceView } from './model.ts'
import { usablePorts } from './ports.ts'

/** EndpointSlices that are named at most. */
const SHOWN = 3

/** What is left out and why, for a person; '' when nothing is. */
export function endpointFlaws(
  service: Pick<ServiceView, 'headless' | 'ports'>,
  slices: readonly (SliceView & { readonly name: string })[],
): string {
  const found = slices
    .map((slice) => ({ name: slice.name, flaw: flawOf(service, slice) }))
    .filter(({ flaw }) => flaw !== '')
  const shown = found.slice(0, SHOWN).map(({ name, flaw }) => `EndpointSlice ${name}: ${flaw}`)
  const more = found.length > SHOWN ? [`and ${found.length - SHOWN} more`] : []
  return [...shown, ...more].join('; ')
}

function flawOf(service: Pick<ServiceView, 'headless' | 'ports'>, slice: SliceView): string {
  const { addressType, endpoints, ports } = slice
  if (endpoints.length === 0) return ''
  const [family] = usableFamilies([addressType])
  if (family === undefined) return `addresses of type ${JSON.stringify(addressType)}`
  const surviving = survivingPorts(ports, usablePorts(service.ports))
  if (surviving.length === 0 && !isPortless(service)) {
    return 'no port with the name and protocol of the Service'
  }
  if (endpoints.some(({ addresses }) => addresses.length === 0))
    return 'endpoints without addresses'
  const bad = endpoints
    .flatMap(({ addresses }) => addresses)
    .find((address) => !isUsableAddress(address, family))
  return bad === undefined ? '' : `addresses such as ${JSON.stringify(bad)}`
}
