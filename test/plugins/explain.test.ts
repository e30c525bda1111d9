// The explanations of `clusterset-dns check`, line by line.
import { expect, test } from 'vitest'
import { explainConfig } from '../../src/plugins/load.ts'
import { fakeFiles } from '../corefile/fake-files.ts'

const options = (text: string) => ({
  file: 'Corefile',
  text,
  port: 53,
  env: {},
  files: fakeFiles(),
  cwd: '/DIR',
  parallelism: 8,
  interfaces: {
    eth0: [
      { address: '10.0.0.5', family: 'IPv4' },
      { address: 'fe80::5', family: 'IPv6', scopeid: 2 },
    ],
  },
})

test('check explains each block and each directive', () => {
  const text = `clusterset.local .:1053 {
 bind eth0
 errors {
  consolidate 30s ^x
 }
 log . {
  class denial error
 }
 log b.org
 health {
  lameduck 5s
 }
 ready
 prometheus :9153
 loadbalance
 bufsize
 debug
 reload
 multisocket 2
 multicluster clusterset.local {
  kubeconfig /k
  fallthrough b.org
  noendpoints
 }
 whoami
}
b.org {
 kubernetes {
  multicluster b.org
  fallthrough
 }
}
`
  const lines = explainConfig(options(text)).map((entry) => `${entry.line} ${entry.text}`)
  expect(lines).toEqual([
    '1 serves clusterset.local. on port 53 and all names on port 1053 of 10.0.0.5 and ' +
      'fe80::5%eth0 over UDP and TCP, 2 sockets each',
    '2 bind: listens on 10.0.0.5 and fe80::5%eth0 only',
    "3 errors: logs the errors of plugins; those like '^x' once every 30s",
    '6 log: logs queries with denial and error and queries in b.org.',
    '10 health: answers GET /health on :8080, keeps serving for 5s when stopped',
    '13 ready: answers GET /ready on :8181',
    '14 prometheus: serves metrics at http://0.0.0.0:9153/metrics',
    '15 loadbalance: varies the order of addresses in answers',
    '16 bufsize: limits UDP answers to 1232 bytes',
    '17 debug: logs debug lines, and ends the process on an unexpected exception',
    '18 reload: checks the Corefile for changes every 30s, with a jitter of 15s',
    '19 multisocket: serves each address through 2 sockets',
    '20 multicluster: answers for imported services in clusterset.local. from the API server of ' +
      'kubeconfig /k (its current context), TTL 5 s, without endpoint names and headless services, ' +
      'names in b.org. that do not exist go to the next plugin',
    "25 whoami: answers with the client's address and port",
    '27 serves b.org. on port 53 of all addresses over UDP and TCP',
    '28 kubernetes: answers for imported services in b.org. from the API server of the cluster ' +
      'it runs in, TTL 5 s, names that do not exist go to the next plugin',
  ])
})

test('check explains the built-in block when the Corefile has none', () => {
  expect(explainConfig(options('')).map((entry) => `${entry.line} ${entry.text}`)).toEqual([
    "0 no server block: CoreDNS' default",
    '0 serves all names on port 53 of all addresses over UDP and TCP',
    "0 whoami: answers with the client's address and port",
    '0 log: logs queries',
  ])
})
