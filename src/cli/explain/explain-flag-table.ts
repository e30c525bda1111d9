// The flags of `clusterset-dns explain`, as the table of commands has them. This file loads nothing of what it does.
import {
  clusterFlags,
  helpFlag,
  type OptionTable,
  outputFlags,
  runningFleetFlags,
} from '../shared-flags.ts'

/** The formats of -o. */
export const EXPLAIN_FORMATS = ['json', 'yaml'] as const

export const explainFlagTable = {
  ...clusterFlags,
  ...runningFleetFlags,
  from: {
    type: 'string',
    value: 'CLUSTER',
    help: 'the cluster in which clients ask (default: every cluster that imports the service)',
  },
  dns: {
    type: 'string',
    value: 'HOST[:PORT]',
    help: 'ask this DNS server for the name: clusterset-dns itself (default port 53; UDP, then TCP)',
  },
  'cluster-dns': {
    type: 'string',
    value: 'HOST[:PORT]',
    help: "ask the cluster's DNS, too, which keeps answers in its cache",
  },
  output: {
    ...outputFlags.output,
    help: 'json or yaml for programs (default: text for people)',
    choices: EXPLAIN_FORMATS,
  },
  ...helpFlag,
} as const satisfies OptionTable

/** The text after the flags. */
export const EXPLAIN_MORE = `NAME is SERVICE.NAMESPACE, a DNS name such as web.shop.svc.clusterset.local, or amcs-SERVICE.NAMESPACE.
Exit codes: 0 the service is whole, 1 a link is broken, 2 the command line or the configuration is wrong,
3 no link is broken, but some could not be looked at.
`
