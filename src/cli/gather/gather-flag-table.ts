// The flags of `clusterset-dns gather`. This file loads nothing of what it does.
import { clusterFlags, helpFlag, type OptionTable } from '../shared-flags.ts'

export const gatherFlagTable = {
  ...clusterFlags,
  output: {
    type: 'string',
    short: 'o',
    value: 'FILE',
    help: 'the archive, which must not exist (default clusterset-dns-gather-TIME.tar.gz)',
    isPath: true,
  },
  ...helpFlag,
} as const satisfies OptionTable

export const GATHER_MORE = `The archive has no Secrets, tokens or kubeconfigs. Read it before you send it: it names clusters, Services and addresses.
Exit codes: 0 the archive is written, 1 it could not be written, or the configuration is wrong, 2 invalid command line,
3 it is written, but a cluster could not be reached.
`
