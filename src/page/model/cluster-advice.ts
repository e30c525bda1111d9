// What to type about a cluster that is not ready.
import type { ClusterStatus } from '../../fleet/status/document.ts'

/** A sentence and a command; undefined for a cluster that needs nothing. */
export interface Advice {
  readonly text: string
  readonly command: string
}

/** What to do about a cluster in its state. */
export function adviceFor({ name, state }: ClusterStatus): Advice | undefined {
  switch (state) {
    case 'ready':
    case 'starting':
    case 'left':
      return undefined
    case 'away':
      return {
        text: 'Its exports are kept until they expire. See whether its API server answers you:',
        command: `kubectl --context ${name} get --raw /readyz`,
      }
    case 'crds-missing':
      return {
        text: 'Create the CRDs of the MCS API in it:',
        command: 'clusterset-dns fleet check --config fleet.yaml --install-crds',
      }
    case 'leaving':
      return {
        text: 'The fleet removes its objects. See how far it is:',
        command: 'clusterset-dns status --config fleet.yaml',
      }
    default:
      return {
        text: 'Check the credentials and the permissions of the fleet in it:',
        command: 'clusterset-dns fleet check --config fleet.yaml',
      }
  }
}
