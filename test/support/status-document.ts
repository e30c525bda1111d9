// A status document of a fleet with one cluster, as its leader makes it.
import type { ClusterStatus, FleetStatus } from '../../src/fleet/status/document.ts'

export const clusterStatus: ClusterStatus = {
  name: 'east',
  id: 'east',
  hub: true,
  state: 'ready',
  code: '',
  message: '',
  synced: true,
  phase: 'fresh',
  clockSkewSeconds: 0,
  kubernetes: 'v1.36.3',
  crds: { serviceexports: 'v1alpha1', serviceimports: 'v1alpha1' },
  exports: 1,
  imports: 1,
  endpoints: { exported: 1, imported: 1 },
  queued: 0,
  retrying: 0,
}

/** A document with every field; the compiler holds it to the type. */
export const fullStatus: FleetStatus = {
  apiVersion: 'clusterset-dns.io/v1',
  kind: 'FleetStatus',
  time: '2026-01-01T00:00:00.000Z',
  version: '0.1.0',
  observer: 'leader',
  healthy: true,
  hub: { name: 'in-cluster', member: 'east', reached: true, message: '' },
  leader: { holder: 'r1', renewed: '' },
  clusters: [clusterStatus],
  conflicts: [{ service: 'ns/web', reasons: ['PortConflict'], clusters: ['east'], message: '' }],
  propagation: [{ source: 'east', consumer: 'west', changes: 1, p50Seconds: 1, p99Seconds: 1 }],
  retries: [{ cluster: 'east', service: 'ns/web', message: '' }],
}
