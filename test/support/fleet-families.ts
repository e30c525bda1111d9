// The metrics of a fleet in which everything that is counted has happened, but for members and Leases: there are none.
import { fleetBuildInfo } from '../../src/cli/version.ts'
import { leaseFamilies } from '../../src/fleet/hub/metrics.ts'
import { memberFamilies } from '../../src/fleet/member/metrics.ts'
import type { MetricFamily } from '../../src/metrics.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../fleet/embedded.ts'

/** All families of a fleet whose c1 exports a Service to c2. */
export async function fleetFamilies(): Promise<readonly MetricFamily[]> {
  const fleet = createFleet()
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  await fleet.settle()
  return [
    fleetBuildInfo(),
    ...fleet.controller.families(),
    ...memberFamilies([]),
    ...leaseFamilies(true, new Map()),
  ]
}
