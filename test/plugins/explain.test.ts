// The explanations of `clusterset-dns check`, line by line.
import { describe, expect, test } from 'vitest'
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
    '6 log: logs queries with denial and error and queries in b.org.; ' +
      'on port 53 of 10.0.0.5 gets no names in b.org.; on port 53 of fe80::5%eth0 gets no names in b.org.',
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

describe('check says which names of its zones a directive gets', () => {
  const manifests = (zone: string) => `multicluster ${zone} {\nmanifests m\n}`
  test.each<[rule: string, text: string, notes: readonly string[], warnings: readonly string[]]>([
    ['all of them: nothing is added', `a.org {\n${manifests('a.org')}\n}\n`, [], []],
    ['a key above the zone passes all', `org {\n${manifests('a.org')}\n}\n`, [], []],
    [
      'no key covers the zone: none',
      `b.org:53 {\n${manifests('a.org')}\n}\n`,
      ['gets no names in a.org.'],
      [
        'Corefile:2: no name in a.org. reaches multicluster: its server block gets only names in b.org.',
      ],
    ],
    [
      'a name that only ends with the same letters is no name of the zone',
      `ba.org {\n${manifests('a.org')}\n}\n`,
      ['gets no names in a.org.'],
      [
        'Corefile:2: no name in a.org. reaches multicluster: its server block gets only names in ba.org.',
      ],
    ],
    [
      'another block serves the zone: none',
      `. {\n${manifests('a.org')}\n}\na.org {\nwhoami\n}\n`,
      ['gets no names in a.org.'],
      [
        'Corefile:2: no name in a.org. reaches multicluster: the server block of Corefile:6 gets them',
      ],
    ],
    [
      'another block serves a part: the others',
      `a.org {\n${manifests('a.org')}\n}\nx.a.org {\nwhoami\n}\n`,
      ['gets only names in a.org. (except x.a.org.)'],
      [
        'Corefile:2: names in x.a.org. do not reach multicluster: the server block of Corefile:6 gets them',
      ],
    ],
    [
      'the keys of the block below the zone: these',
      `x.a.org y.a.org {\n${manifests('a.org')}\n}\n`,
      ['gets only names in x.a.org. and y.a.org.'],
      [],
    ],
    [
      'a key below the part of another block',
      `a.org y.x.a.org {\n${manifests('a.org')}\n}\nx.a.org {\nwhoami\n}\n`,
      ['gets only names in a.org. (except x.a.org.) and y.x.a.org.'],
      [
        'Corefile:2: names in x.a.org. do not reach multicluster: the server block of Corefile:6 gets them',
      ],
    ],
    [
      'a key below the zone that another block serves',
      `x.a.org {\n${manifests('a.org')}\n}\norg {\nwhoami\n}\n`,
      ['gets only names in x.a.org.'],
      [
        'Corefile:2: of a.org. only x.a.org. reaches multicluster: the server block of Corefile:6 gets the others',
      ],
    ],
    [
      'another block at another port takes nothing',
      `a.org {\n${manifests('a.org')}\n}\nx.a.org:54 {\nwhoami\n}\n`,
      [],
      [],
    ],
    [
      'a name of log that its block never gets',
      'a.org {\nlog b.org\n}\n',
      ['gets no names in b.org.'],
      ['Corefile:2: no name in b.org. reaches log: its server block gets only names in a.org.'],
    ],
    ['log without names', '. {\nlog\n}\na.org {\nwhoami\n}\n', [], []],
  ])('%s', (_, text, notes, warnings) => {
    const entry = explainConfig(options(text)).find(({ line }) => line === 2)!
    expect(entry.text.split('; ').slice(1)).toEqual(notes)
    expect(entry.warnings.map((warning) => `${entry.file}:${entry.line}: ${warning}`)).toEqual(
      warnings,
    )
  })
})
