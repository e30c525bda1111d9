// The flags of `clusterset-dns verify`. This file loads nothing of what it does.
import { EXPLAIN_FORMATS, explainFlagTable } from '../explain/explain-flag-table.ts'
import { clusterFlags, helpFlag, type OptionTable } from '../shared-flags.ts'

export const verifyFlagTable = {
  contexts: {
    ...clusterFlags.contexts,
    help: 'the cluster that exports and the one that imports: contexts of the kubeconfig',
  },
  kubeconfig: {
    ...clusterFlags.kubeconfig,
    help: 'the file with the contexts (default those of $KUBECONFIG, or ~/.kube/config)',
  },
  image: {
    type: 'string',
    value: 'IMAGE',
    help: 'the image of the Pods: one with Node (default clusterset-dns of this version)',
  },
  'no-pods': {
    type: 'boolean',
    help: 'create no Pods: the Service has an endpoint by hand, and nothing connects',
  },
  dns: {
    ...explainFlagTable.dns,
    help: 'ask this DNS server of the importing cluster: clusterset-dns itself (default port 53)',
  },
  'cluster-dns': explainFlagTable['cluster-dns'],
  timeout: {
    type: 'string',
    value: 'DURATION',
    help: 'how long each step may take, for example 90s or 5m (default 1m)',
  },
  output: { ...explainFlagTable.output, choices: EXPLAIN_FORMATS },
  ...helpFlag,
} as const satisfies OptionTable

export const VERIFY_MORE = `It creates a namespace of its own in both clusters and deletes it at the end, also after Ctrl-C.
Exit codes: 0 every step holds, 1 a step is broken, 2 the command line is wrong,
3 no step is broken, but some could not be looked at.
`
