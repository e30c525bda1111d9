// Corefiles that CoreDNS supports and this program rejects, with our error messages.
import type { Case } from './case.ts'

const directive = (name: string, text = name) => ({
  name: `directive ${name}`,
  corefile: `. {\n whoami\n ${text}\n}\n`,
  unsupported: lacking(3, `directive '${name}'`, name),
})

export const unsupported: readonly Case[] = [
  directive('cancel'),
  directive('erratic'),
  {
    name: 'kubernetes endpoint with user name and password',
    corefile: kubernetes('  endpoint http://me:secret@127.0.0.1:1'),
    unsupported:
      'plugin/kubernetes: Corefile:5 - Error during parsing: ' +
      'endpoint must not hold a user name or password; use kubeconfig for a server that needs them',
  },
  {
    name: 'reverse zones of kubernetes without a zone for their names',
    corefile: `. {
 kubernetes b.test 10.0.0.0/8 {
  multicluster b.test
  endpoint http://127.0.0.1:1
  startup_timeout 1ms
 }
}
`,
    unsupported: lacking(
      2,
      'kubernetes zone 10.in-addr.arpa. without a zone of the cluster for its names',
      'kubernetes',
    ),
  },
  {
    name: 'a block for gRPC',
    corefile: 'grpc://.:0 {\n whoami\n}\n',
    unsupported: lacking(1, "transport 'grpc'"),
  },
  {
    name: 'a block for HTTPS without certificates',
    corefile: 'https://.:0 {\n whoami\n}\n',
    unsupported: lacking(1, "transport 'https'"),
  },
  {
    name: 'a block for TLS without certificates',
    corefile: 'tls://.:0 {\n whoami\n}\n',
    unsupported: lacking(1, "transport 'tls'"),
  },
]

function kubernetes(line: string): string {
  return `a.test {
 kubernetes {
  multicluster a.test
  startup_timeout 1ms
${line}
  endpoint http://127.0.0.1:1
 }
}
`
}

function lacking(line: number, what: string, plugin?: string): string {
  const message = `Corefile:${line} - Error during parsing: ${what} is known to CoreDNS, not yet supported here`
  return plugin === undefined ? message : `plugin/${plugin}: ${message}`
}
