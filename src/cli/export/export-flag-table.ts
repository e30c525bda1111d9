// The flags of `clusterset-dns export` and `unexport`. This file loads nothing of what they do.
import { clusterFlags, helpFlag, type OptionTable, outputFlags } from '../shared-flags.ts'

/** The formats of -o. */
export const EXPORT_FORMATS = ['json', 'yaml'] as const

export const exportFlagTable = {
  namespace: {
    type: 'string',
    short: 'n',
    value: 'NAMESPACE',
    help: 'the namespace of the Service (default that of the context, or default)',
  },
  context: {
    type: 'string',
    value: 'CONTEXT',
    help: 'the cluster: a context of the kubeconfig (default its current context)',
  },
  kubeconfig: {
    ...clusterFlags.kubeconfig,
    help: 'the file with the context (default those of $KUBECONFIG, or ~/.kube/config)',
  },
  'dry-run': { type: 'boolean', help: 'let the API server check the request, but change nothing' },
  output: {
    ...outputFlags.output,
    help: 'json or yaml for programs (default: text for people)',
    choices: EXPORT_FORMATS,
  },
  ...helpFlag,
} as const satisfies OptionTable

/** The usages of both commands; `service` is the word that subctl wants. */
export const EXPORT_USAGES = [
  '[service] SERVICE [-n NAMESPACE] [--context CONTEXT] [--dry-run] [-o json|yaml]',
]

const CODES = 'invalid command line'
export const EXPORT_MORE = `SERVICE is a name, SERVICE.NAMESPACE or NAMESPACE/SERVICE.
Exit codes: 0 the Service is exported, also if it was before, 1 it could not be exported, 2 ${CODES}.
`
export const UNEXPORT_MORE = `SERVICE is a name, SERVICE.NAMESPACE or NAMESPACE/SERVICE.
Exit codes: 0 the Service is not exported, also if it never was, 1 the export could not be removed, 2 ${CODES}.
`
