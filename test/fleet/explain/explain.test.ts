// The way of a service from its export to the answer: which link is broken first, and which command mends it.
import { describe, expect, test } from 'vitest'
import { explainExitCode, explainService, firstBroken } from '../../../src/fleet/explain/explain.ts'
import type { ClusterFacts, DnsFacts, Unread } from '../../../src/fleet/explain/facts.ts'
import { linkIds } from '../../../src/fleet/explain/link.ts'
import { validExports } from '../fixtures.ts'
import {
  clusterFacts,
  dns,
  east,
  exportRecord,
  importRecord,
  memberLease,
  NOW,
  namespaceView,
  notReady,
  serviceFacts,
  serviceRecord,
  sliceRecord,
  west,
} from './facts.ts'

type Change = Parameters<typeof serviceFacts>[0]

const SOA = { owner: 'clusterset.local', ttl: 23 }
const unread = (resource: 'serviceimports' | 'serviceexports', reason: Unread['reason']) => {
  return new Map([[resource, { reason, text: `${resource} cannot be listed` }]] as const)
}
/** west exports a headless Service of the same name a minute later. */
const headlessWest = west(
  {
    export: exportRecord({ cluster: 'west', creationTimestamp: '2026-01-01T00:01:00Z' }),
    service: serviceRecord({ headless: true }),
    slices: [sliceRecord('http:8080', ['10.2.0.1'])],
    imported: [
      ...west().snapshot.imported,
      sliceRecord('http:8080', ['10.2.0.1'], {
        'multicluster.kubernetes.io/source-cluster': 'west',
      }),
    ],
  },
  { endpoints: [{ address: '10.2.0.1', pod: '', ready: true, why: '' }] },
)

/** What is wrong: the facts, the first broken link, its cluster, a part of its text, its command. */
const CAUSES: readonly (readonly [
  name: string,
  change: Change,
  id: string,
  at: string,
  text: string | RegExp,
  command: string | RegExp,
])[] = [
  [
    'no export',
    { clusters: [east({ export: undefined }), west()] },
    'export',
    'east',
    'No cluster has a ServiceExport ns/web.',
    /^echo '\{.*"kind":"ServiceExport".*"namespace":"ns","name":"web".*' \| kubectl --context east apply -f -$/,
  ],
  [
    'a name that is mistyped: neither an export nor a Service',
    {
      clusters: [
        east({ export: undefined, service: undefined, slices: [] }, { endpoints: [] }),
        west({ import: undefined, derived: undefined, imported: [] }),
      ],
    },
    'export',
    'east',
    'No cluster has a ServiceExport ns/web, nor a Service of this name.',
    'kubectl --context east -n ns get services',
  ],
  [
    'no Service',
    { clusters: [east({ service: undefined, slices: [] }, { endpoints: [] }), west()] },
    'service',
    'east',
    'has no Service of this name',
    'kubectl --context east -n ns create service clusterip web --tcp=PORT:TARGETPORT',
  ],
  [
    'no endpoints at all',
    { clusters: [east({ slices: [] }, { endpoints: [] }), west()] },
    'endpoints',
    'east',
    'no Pod matches app=web',
    'kubectl --context east -n ns get pods --selector app=web',
  ],
  [
    'no ready endpoints',
    {
      clusters: [
        east(
          {},
          {
            endpoints: [
              { address: '10.1.0.21', pod: 'web-0', ready: false, why: 'ImagePullBackOff' },
            ],
          },
        ),
        west(),
      ],
    },
    'endpoints',
    'east',
    'None of 1 endpoints in east is ready: web-0: ImagePullBackOff.',
    'kubectl --context east -n ns describe pod/web-0',
  ],
  [
    'an endpoint whose Pod has a name that a shell would run',
    {
      clusters: [
        east({}, { endpoints: [{ address: '10.1.0.21', pod: "x'$(id)", ready: false, why: '' }] }),
        west(),
      ],
    },
    'endpoints',
    'east',
    'None of 1 endpoints',
    `kubectl --context east -n ns describe 'pod/x'\\''$(id)'`,
  ],
  [
    'an endpoint whose Pod has a name that looks like an option',
    {
      clusters: [
        east(
          {},
          { endpoints: [{ address: '10.1.0.21', pod: '--kubeconfig=x', ready: false, why: '' }] },
        ),
        west(),
      ],
    },
    'endpoints',
    'east',
    'None of 1 endpoints',
    'kubectl --context east -n ns describe pod/--kubeconfig=x',
  ],
  [
    'a selector that a shell would run',
    { clusters: [east({ slices: [] }, { endpoints: [], selector: 'app=$(id)' }), west()] },
    'endpoints',
    'east',
    'no Pod matches',
    "kubectl --context east -n ns get pods --selector 'app=$(id)'",
  ],
  [
    'objects that have another name than the service',
    {
      clusters: [
        east({
          service: serviceRecord({ name: '$(id)' }),
          slices: [sliceRecord('metrics:9090', ['10.1.0.21'])],
        }),
        west(),
      ],
    },
    'endpoints',
    'east',
    "none of the Service's ports",
    'kubectl --context east -n ns edit service web',
  ],
  [
    'endpoints with other ports than the Service',
    { clusters: [east({ slices: [sliceRecord('metrics:9090', ['10.1.0.21'])] }), west()] },
    'endpoints',
    'east',
    "none of the Service's ports",
    'kubectl --context east -n ns edit service web',
  ],
  [
    'a Service that cannot be exported',
    { clusters: [east({ service: serviceRecord({ type: 'ExternalName' }) }), west()] },
    'valid',
    'east',
    'ExternalName',
    'kubectl --context east -n ns edit service web',
  ],
  [
    'a fleet that has not seen the export',
    { clusters: [east({ export: exportRecord({ conditions: [] }) }), west()] },
    'valid',
    'east',
    'no condition Valid',
    /^kubectl --context east -n clusterset-dns-fleet logs .* \| grep -w web$/,
  ],
  [
    'port mismatch',
    {
      clusters: [
        east(),
        west({
          import: importRecord({
            ports: validExports({})[0]!.service.ports.map((one) => ({ ...one, port: 81 })),
          }),
        }),
      ],
    },
    'ports',
    'west',
    'http 81/TCP',
    /^kubectl --context west -n ns patch serviceimport web --type merge -p '\{"spec":\{"ports":\[\{"name":"http","protocol":"TCP","port":80\}\]\}\}'$/,
  ],
  [
    'type conflict',
    { clusters: [east(), headlessWest] },
    'conflicts',
    '',
    /TypeConflict: east has ClusterSetIP, the oldest export, which wins; west has Headless\./,
    'kubectl --context west -n ns get serviceexport web -o yaml',
  ],
  [
    'an import of another type than the exports',
    { clusters: [east(), west({ import: importRecord({ type: 'Headless' }) })] },
    'import',
    'west',
    'has the type Headless, but the exports have ClusterSetIP',
    /^kubectl --context west -n ns patch serviceimport web .*"type":"ClusterSetIP"/,
  ],
  [
    'member away',
    { clusters: [clusterFacts('east', {}, { problem: 'connection refused' }), west()] },
    'cluster',
    'east',
    'east does not answer: connection refused.',
    'kubectl --context east get --raw /readyz',
  ],
  [
    'CRD missing',
    {
      clusters: [
        east(),
        west({ import: undefined }, { unread: unread('serviceimports', 'missing') }),
      ],
    },
    'crds',
    'west',
    'serviceimports',
    'kubectl --context west apply -k deploy/crds',
  ],
  [
    'right missing',
    {
      clusters: [
        east(),
        west({}, { rights: { account: 'the fleet', missing: ['create services'] } }),
      ],
    },
    'rights',
    'west',
    'the fleet has no permission in west to create services.',
    'kubectl --context west apply -k deploy/fleet/member',
  ],
  [
    'a fleet that does not run',
    { leader: { cluster: 'east', holder: 'replica-1', ageMs: 90_000, durationMs: 15_000 } },
    'fleet',
    'east',
    'renewed its Lease 90 s ago: no fleet runs',
    /^kubectl --context east -n clusterset-dns-fleet rollout restart/,
  ],
  [
    'a cluster that the fleet does not reach, though we do',
    { members: [memberLease('east', { ageMs: 200_000 }), memberLease('west')] },
    'fleet',
    'east',
    'The fleet has not reached east for 3 min',
    /^kubectl --context east -n clusterset-dns-fleet logs .* \| grep -w -e east$/,
  ],
  [
    'a cluster that has left the fleet',
    { members: [memberLease('east'), memberLease('west', { hasLeft: true })] },
    'fleet',
    'west',
    'west has left the fleet.',
    'clusterset-dns fleet join west --config FILE',
  ],
  [
    'a cluster that is no member',
    { members: [memberLease('east')] },
    'fleet',
    'west',
    'west (west) is no member of the fleet',
    'clusterset-dns fleet check --config FILE',
  ],
  [
    'namespace missing in the importer',
    { clusters: [east(), clusterFacts('west', { namespace: undefined })] },
    'namespace',
    'west',
    'west has no namespace ns',
    'kubectl --context west create namespace ns',
  ],
  [
    'no import in mode manual',
    { clusters: [east(), clusterFacts('west', {})] },
    'import',
    'west',
    'users create it, in import mode manual',
    /^echo '\{.*"kind":"ServiceImport".*"type":"ClusterSetIP","ports":\[\].*' \| kubectl --context west apply -f -$/,
  ],
  [
    'no import in mode auto',
    { clusters: [east(), clusterFacts('west', { namespace: { ...namespaceView, mode: 'auto' } })] },
    'import',
    'west',
    'import mode auto, and has not',
    /logs deployment/,
  ],
  [
    'NameConflict',
    { clusters: [east(), west({ derived: serviceRecord({ name: 'amcs-web' }) })] },
    'amcs-service',
    'west',
    'NameConflict: the Service amcs-web in west belongs to somebody else',
    'kubectl --context west -n ns get service amcs-web -o yaml',
  ],
  [
    'endpoints that are not imported',
    { clusters: [east(), west({ imported: [] })] },
    'slices',
    'west',
    '0 of 2 addresses of east are imported; these are missing: 10.1.0.21, 10.1.0.22. The last change was 60 s ago.',
    /logs deployment/,
  ],
  [
    'an import that the fleet refuses',
    {
      clusters: [
        east(),
        west({
          import: importRecord({ conditions: notReady('ServiceFailed', 'no address is free') }),
        }),
      ],
    },
    'ready',
    'west',
    'ServiceFailed: no address is free',
    /logs deployment/,
  ],
  [
    'DNS server not synced',
    { dns: dns({ rcode: 'SERVFAIL', addresses: [], ede: { code: 14, text: 'Not Ready' } }) },
    'dns',
    '10.0.0.1:53',
    'answers SERVFAIL (Not Ready) for A web.ns.svc.clusterset.local: the DNS server has not read the objects',
    'curl http://10.0.0.1:8181/ready',
  ],
  [
    'Corefile without the zone',
    { dns: dns({ rcode: 'REFUSED', addresses: [] }) },
    'dns',
    '10.0.0.1:53',
    'no server block with multicluster for clusterset.local',
    'clusterset-dns check -conf Corefile',
  ],
  [
    'Corefile that forwards the zone',
    { dns: dns({ rcode: 'NXDOMAIN', addresses: [], soa: { owner: '', ttl: 86_400 } }) },
    'dns',
    '10.0.0.1:53',
    'no server block with multicluster for clusterset.local',
    'clusterset-dns check -conf Corefile',
  ],
  [
    'a DNS server that does not have the import',
    { dns: dns({ rcode: 'NXDOMAIN', addresses: [], soa: SOA }) },
    'dns',
    '10.0.0.1:53',
    'answers NXDOMAIN for A web.ns.svc.clusterset.local, instead of 10.96.0.7.',
    /^curl -s http:\/\/10\.0\.0\.1:9153\/metrics/,
  ],
  [
    'an address of another cluster',
    { dns: dns({ addresses: ['10.96.0.99'] }) },
    'dns',
    '10.0.0.1:53',
    'answers 10.96.0.99 with a TTL of 5 s for A web.ns.svc.clusterset.local, instead of 10.96.0.7.',
    /^curl/,
  ],
  [
    'no program on the port of DNS',
    {
      dns: [
        { server: '10.0.0.1:53', type: 'A', outcome: { kind: 'refused', text: 'ECONNREFUSED' } },
      ],
    },
    'dns',
    '10.0.0.1:53',
    'Nothing listens on 10.0.0.1:53',
    'dig @10.0.0.1 -p 53 . SOA',
  ],
  [
    "a denied answer in the cluster's cache",
    { clusterDns: dns({ rcode: 'NXDOMAIN', addresses: [], soa: SOA }) },
    'cluster-dns',
    '10.0.0.1:53',
    'it keeps this denial for 23 s more',
    'kubectl --context west -n kube-system rollout restart deployment/coredns',
  ],
  [
    "a cluster's DNS that does not forward the zone",
    { clusterDns: dns({ rcode: 'NXDOMAIN', addresses: [], soa: { owner: '', ttl: 60 } }) },
    'cluster-dns',
    '10.0.0.1:53',
    'it does not forward clusterset.local',
    'kubectl --context west -n kube-system edit configmap coredns',
  ],
]

describe('a cause', () => {
  test.each(CAUSES)('%s', (_name, change, id, at, text, command) => {
    const explanation = explainService(serviceFacts(change))
    const first = firstBroken(explanation)
    expect(first).toMatchObject({ id, at })
    if (typeof text === 'string') expect(first?.text).toContain(text)
    else expect(first?.text).toMatch(text)
    if (typeof command === 'string') expect(first?.command).toBe(command)
    else expect(first?.command).toMatch(command)
    expect(explainExitCode(explanation)).toBe(1)
  })
})

describe('a service without a fault', () => {
  const whole = explainService(serviceFacts())

  test('has every link, in the order of the way, and each of them holds', () => {
    expect(whole.links.filter(({ state }) => state !== 'holds')).toEqual([])
    const ids = [...new Set(whole.links.map((one) => one.id))]
    expect(ids).toEqual(linkIds)
    expect(explainExitCode(whole)).toBe(0)
  })

  test('may be headless: its answer has the ready endpoints', () => {
    const headless = serviceFacts({
      clusters: [
        east({ service: serviceRecord({ headless: true }) }),
        west({ import: importRecord({ type: 'Headless', ips: [] }) }),
      ],
      dns: dns({ addresses: ['10.1.0.21', '10.1.0.22'] }),
      clusterDns: undefined,
    })
    expect(firstBroken(explainService(headless))).toBeUndefined()
  })

  test('is looked at in one cluster only with `from`', () => {
    const north = clusterFacts('north', { import: importRecord({ conditions: [] }) })
    const facts = serviceFacts({
      clusters: [east(), west(), north],
      from: 'west',
      members: undefined,
    })
    expect(firstBroken(explainService(facts))).toBeUndefined()
    expect(firstBroken(explainService({ ...facts, from: undefined }))).toMatchObject({
      at: 'north',
    })
  })
})

describe('what does not break the way', () => {
  test.each([
    [
      'one of two endpoints that is not ready',
      {
        clusters: [
          east(
            {},
            {
              endpoints: [
                { address: '10.1.0.21', pod: 'web-0', ready: true, why: '' },
                {
                  address: '10.1.0.22',
                  pod: 'web-1',
                  ready: false,
                  why: 'its readiness probe fails',
                },
              ],
            },
          ),
          west(),
        ],
      },
      '1 of 2 endpoints are ready. Not ready: web-1: its readiness probe fails.',
    ],
    [
      'a source without endpoints beside one with some',
      {
        clusters: [
          east(),
          west({
            export: exportRecord({ cluster: 'west', creationTimestamp: '2026-01-01T00:01:00Z' }),
            service: serviceRecord(),
          }),
        ],
      },
      'The Service has no endpoints in west.',
    ],
    [
      'exports that differ in a policy',
      {
        clusters: [
          east(),
          west({
            export: exportRecord({ cluster: 'west', creationTimestamp: '2026-01-01T00:01:00Z' }),
            service: serviceRecord({ sessionAffinity: 'ClientIP' }),
          }),
        ],
      },
      'SessionAffinityConflict: east has None, the oldest export, which wins; west has ClientIP.',
    ],
  ])('%s is a warning', (_name, change, text) => {
    const explanation = explainService(serviceFacts(change))
    expect(firstBroken(explanation)).toBeUndefined()
    const warnings = explanation.links.filter(({ state }) => state === 'warning')
    expect(warnings.map((one) => one.text).join('\n')).toContain(text)
    expect(explainExitCode(explanation)).toBe(0)
  })
})

describe('an answer of DNS by address family', () => {
  const importer = (name: string, ips: readonly string[]) =>
    west({ import: importRecord({ ips }) }, { name, id: name })
  const EMPTY = { addresses: [], ttl: undefined, soa: SOA }
  const both = (a: object, aaaa: object): readonly DnsFacts[] => [
    ...dns(a),
    ...dns(aaaa).map((one) => ({ ...one, type: 'AAAA' as const })),
  ]
  const found = (importers: readonly ClusterFacts[], answers: readonly DnsFacts[]) => {
    const facts = serviceFacts({
      clusters: [east(), ...importers],
      members: undefined,
      dns: answers,
      clusterDns: answers,
    })
    const { links } = explainService(facts)
    return links.filter(({ id }) => id === 'dns' || id === 'cluster-dns')
  }
  const four = importer('four', ['10.96.0.7'])
  const six = importer('six', ['fd00::7'])

  test.each([
    ['of the IPv4-only importer', both({}, EMPTY)],
    ['of the IPv6-only importer', both(EMPTY, { addresses: ['fd00::7'] })],
  ])('no address of a family is the answer %s', (_, answers) => {
    expect(found([four, six], answers).map(({ state }) => state)).toEqual(Array(4).fill('holds'))
  })

  test('no address of any family is wrong', () => {
    const states = found([four, six], both(EMPTY, EMPTY)).map(({ state }) => state)
    expect(states).toEqual(Array(4).fill('broken'))
  })

  test('no address is wrong where every importer has one', () => {
    const dual = importer('dual', ['10.96.0.7', 'fd00::7'])
    const links = found([dual], both({}, EMPTY))
    expect(links.map(({ state }) => state)).toEqual(['holds', 'broken', 'holds', 'broken'])
  })

  test('a denial is wrong though an importer has no address of the family', () => {
    const [first] = found([four, six], both({ ...EMPTY, rcode: 'NXDOMAIN' }, EMPTY))
    expect(first).toMatchObject({
      state: 'broken',
      text: '10.0.0.1:53 answers NXDOMAIN for A web.ns.svc.clusterset.local, instead of 10.96.0.7.',
    })
  })

  test('a wrong address is compared with those of its family', () => {
    const [, second] = found([four, six], both({}, { addresses: ['fd00::9'] }))
    expect(second?.text).toMatch(/ for AAAA \S+, instead of fd00::7\.$/)
  })
})

describe('the commands for DNS', () => {
  test.each([
    ['[fd00::53]:53', 'dig @fd00::53 -p 53 . SOA'],
    ['10.0.0.1:1053', 'dig @10.0.0.1 -p 1053 . SOA'],
  ])('dig asks %s as %s', (server, command) => {
    const outcome = { kind: 'silent', text: 'no reply within 3 s' } as const
    const facts = serviceFacts({ dns: [{ server, type: 'A', outcome }] })
    const link = explainService(facts).links.find(({ id }) => id === 'dns')
    expect(link?.command).toBe(command)
  })

  const NOT_FORWARDED = { rcode: 'NXDOMAIN', addresses: [], soa: { owner: '', ttl: 60 } }
  const north = west({}, { name: 'north', id: 'north', kubectl: 'kubectl --context north' })
  const away = clusterFacts('north', {}, { problem: 'connection refused' })
  test.each([
    ['names the only importer', [west()], undefined, 'kubectl --context west'],
    ['names the cluster of --from', [west(), north], 'north', 'kubectl --context north'],
    ['leaves the cluster open', [west(), north], undefined, 'kubectl --context CLUSTER'],
    ['leaves the cluster open if it is away', [away], 'north', 'kubectl --context CLUSTER'],
  ] as const)("the cluster's DNS: %s", (_, importers, from, words) => {
    const clusters = [east(), ...importers]
    for (const change of [NOT_FORWARDED, { ...NOT_FORWARDED, soa: SOA }]) {
      const facts = serviceFacts({ clusters, from, members: undefined, clusterDns: dns(change) })
      const link = explainService(facts).links.find(({ id }) => id === 'cluster-dns')
      expect(link).toMatchObject({ state: 'broken' })
      expect(link?.command?.split(' -n kube-system ')[0]).toBe(words)
    }
  })
})

describe('what was not looked at', () => {
  test("the command for the cluster's DNS runs in the importing cluster", () => {
    const { links } = explainService(serviceFacts({ clusterDns: undefined }))
    expect(links.find(({ id }) => id === 'cluster-dns')?.command).toMatch(
      /^kubectl --context west run ask /,
    )
  })

  test.each([
    ['no DNS server was named', { dns: undefined, clusterDns: undefined }, 'unseen', 0],
    ['no Lease of a fleet was found', { leader: undefined }, 'unseen', 0],
    [
      'the permissions of the fleet were not asked for',
      { clusters: [east({}, { rights: undefined }), west()] },
      'unseen',
      0,
    ],
    [
      'a cluster that has nothing to do with the service is away',
      { clusters: [east(), west(), clusterFacts('north', {}, { problem: 'connection refused' })] },
      'failed',
      3,
    ],
    [
      'all clusters are away',
      {
        clusters: [east(), west()].map((one) =>
          clusterFacts(one.name, {}, { problem: 'connection refused' }),
        ),
        dns: undefined,
        clusterDns: undefined,
      },
      'failed',
      3,
    ],
    [
      'we may not list the imports',
      {
        clusters: [
          east(),
          west({ import: undefined }, { unread: unread('serviceimports', 'forbidden') }),
        ],
      },
      'failed',
      3,
    ],
    [
      'the DNS server does not answer',
      {
        dns: [
          {
            server: '10.0.0.1:53',
            type: 'A',
            outcome: { kind: 'silent', text: 'no reply in 3 s' },
          },
        ],
      },
      'failed',
      3,
    ],
  ] as const)('%s: %j', (_name, change, state, code) => {
    const explanation = explainService(serviceFacts(change as Change))
    const found = explanation.links.filter((one) => one.state === state)
    expect(found.length).toBeGreaterThan(0)
    for (const { command } of found) expect(command).toMatch(/^(kubectl|clusterset-dns|dig) /)
    expect(explainExitCode(explanation)).toBe(code)
  })
})

describe('an import tells who created it, and the import mode', () => {
  const AUTO = { 'clusterset-dns.io/auto-import': 'true' }
  test.each([
    [
      'by a user, in mode manual',
      {},
      'manual',
      undefined,
      'created by a user; import mode manual.',
    ],
    [
      'by the fleet, in mode auto',
      AUTO,
      'auto',
      undefined,
      'created by the fleet; import mode auto.',
    ],
    [
      'in a namespace with a mode of its own',
      AUTO,
      'manual',
      'auto',
      'created by the fleet; import mode auto.',
    ],
    ['without the configuration', {}, undefined, undefined, 'created by a user.'],
  ] as const)('%s', (_name, labels, importMode, mode, text) => {
    const importing = west({
      import: importRecord({ labels }),
      namespace: { ...namespaceView, mode },
    })
    const { links } = explainService(serviceFacts({ clusters: [east(), importing], importMode }))
    expect(links.find(({ id, at }) => id === 'import' && at === 'west')?.text).toBe(
      `ClusterSetIP, ${text}`,
    )
  })
})

test('the age of the last change stands with the imported endpoints', () => {
  const facts = serviceFacts({ clusters: [east(), west({}, { changedAt: NOW - 7_300_000 })] })
  const slices = explainService(facts).links.find(({ id }) => id === 'slices')
  expect(slices?.text).toBe('2 of 2 addresses of east are imported. The last change was 2 h ago.')
})
