// The flags of `clusterset-dns status`.
import { clusterFlags, helpFlag, outputFlags, runningFleetFlags } from '../shared-flags.ts'

export const statusFlagTable = {
  ...clusterFlags,
  ...runningFleetFlags,
  wait: {
    type: 'boolean',
    help: 'wait until the hub is reached and every cluster is ready or has left',
  },
  timeout: {
    type: 'string',
    value: 'DURATION',
    help: 'how long --wait waits, for example 90s or 10m (default 5m)',
  },
  ...outputFlags,
  debug: { type: 'boolean', help: 'log what the connections to the clusters report' },
  ...helpFlag,
} as const

export const STATUS_MORE =
  'Exit codes: 0 healthy, 1 not healthy, 2 invalid command line, 3 the hub or the running fleet cannot be asked.\n'
