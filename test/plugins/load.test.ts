// The configuration data of directives, and the errors of options that CoreDNS does not have.
import { describe, expect, test } from 'vitest'
import type { KubernetesConfig } from '../../src/plugins/kubernetes/config.ts'
import { loadConfig } from '../../src/plugins/load.ts'
import { commonLogFormat } from '../../src/plugins/log/setup.ts'
import type { MulticlusterConfig } from '../../src/plugins/multicluster/options.ts'
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
const load = (text: string) => loadConfig(options(text))
const directives = (text: string) => load(text).blocks[0]?.directives

test('a Corefile without blocks means whoami and log on the default port', () => {
  const config = load('# nothing')
  expect(config.blocks[0]?.directives.map(({ plugin }) => plugin)).toEqual(['log', 'whoami'])
  expect(config.groups).toEqual([
    { address: '', port: 53, sockets: 4, zones: [{ zone: '.', block: 0 }] },
  ])
})

test('directives are in plugin order, independently of the Corefile', () => {
  const text = '. {\n whoami\n multicluster a.org\n loadbalance\n log\n errors\n prometheus\n}\n'
  expect(directives(text)?.map(({ plugin }) => plugin)).toEqual([
    'prometheus',
    'errors',
    'log',
    'loadbalance',
    'multicluster',
    'whoami',
  ])
})

test('blocks with the same address and port share a group', () => {
  const text =
    'a.org b.org:1053 {\n bind 127.0.0.1 eth0\n multisocket\n}\nc.org {\n bind 127.0.0.1\n}\n'
  const zone = (name: string, block = 0) => ({ zone: name, block })
  expect(load(text).groups).toEqual([
    { address: '127.0.0.1', port: 53, sockets: 8, zones: [zone('a.org.'), zone('c.org.', 1)] },
    { address: '10.0.0.5', port: 53, sockets: 8, zones: [zone('a.org.')] },
    { address: 'fe80::5%eth0', port: 53, sockets: 8, zones: [zone('a.org.')] },
    { address: '127.0.0.1', port: 1053, sockets: 8, zones: [zone('b.org.')] },
    { address: '10.0.0.5', port: 1053, sockets: 8, zones: [zone('b.org.')] },
    { address: 'fe80::5%eth0', port: 1053, sockets: 8, zones: [zone('b.org.')] },
  ])
})

test('a block has its directives and settings', () => {
  const text = `a.org {
 bufsize
 debug
 ready :1 {
  monitor continuously
 }
 health {
  lameduck 1500ms
 }
 reload 10s 9s
}
b.org {
 health :9
 bufsize 600
}
`
  const { blocks } = load(text)
  expect(blocks).toEqual([
    {
      directives: [
        { plugin: 'reload', intervalMs: 10_000, jitterMs: 5000 },
        { plugin: 'bufsize', size: 1232 },
        { plugin: 'debug' },
        { plugin: 'ready', address: ':1', monitor: 'continuously' },
        { plugin: 'health', address: ':8080', lameduckMs: 1500 },
      ],
      settings: { maxOptSize: 1232, debug: true },
    },
    {
      directives: [
        { plugin: 'bufsize', size: 600 },
        { plugin: 'health', address: ':9', lameduckMs: 0 },
      ],
      settings: { maxOptSize: 600 },
    },
  ])
})

test('log has one rule for each name, in order', () => {
  const text =
    '. {\n log A.org b.org. "{combined}" {\n  class denial error\n }\n log "{name}" {\n }\n}\n'
  expect(directives(text)).toEqual([
    {
      plugin: 'log',
      rules: [
        { name: 'a.org.', format: `${commonLogFormat} "{>opcode}"`, classes: ['denial', 'error'] },
        { name: 'b.org.', format: `${commonLogFormat} "{>opcode}"`, classes: ['denial', 'error'] },
        { name: '{name}.', format: commonLogFormat, classes: ['all'] },
      ],
    },
  ])
  expect(load(text).warnings).toEqual([
    'plugin/log: "{name}" is used as a name; to use it as a format, put a name before it: log . FORMAT',
  ])
})

test('errors has its options', () => {
  const text = '. {\n errors {\n  stacktrace\n  consolidate 5m ^a.* info show_first\n }\n}\n'
  expect(directives(text)).toEqual([
    {
      plugin: 'errors',
      stacktrace: true,
      consolidate: [{ periodMs: 300_000, pattern: '^a.*', level: 'info', showFirst: true }],
    },
  ])
})

describe('multicluster', () => {
  const base = {
    plugin: 'multicluster',
    zones: ['clusterset.local.'],
    source: { kind: 'in-cluster' },
    ttl: 5,
    startupTimeoutMs: 5000,
    endpoints: true,
    limits: { ports: 1000, endpoints: 10_000, bytes: 4_194_304, namespaceBytes: 67_108_864 },
    labels: '',
    requests: { qps: 0, burst: 0, maxInflight: 0 },
    exposed: {},
  }

  test.each([
    ['has defaults', 'multicluster ClusterSet.local', {}],
    ['has the zones of the block', 'multicluster', { zones: ['a.org.'] }],
    [
      'has reverse zones',
      'multicluster 10.0.0.0/15',
      { zones: ['0.10.in-addr.arpa.', '1.10.in-addr.arpa.'] },
    ],
    [
      'reads a kubeconfig',
      'multicluster clusterset.local {\n kubeconfig /f\n }',
      { source: { kind: 'kubeconfig', file: '/f' } },
    ],
    [
      'reads a kubeconfig with a context',
      'multicluster clusterset.local {\n kubeconfig /f c\n ttl 0\n }',
      { source: { kind: 'kubeconfig', file: '/f', context: 'c' }, ttl: 0 },
    ],
    [
      'reads manifests',
      'multicluster clusterset.local {\n manifests d\n noendpoints\n startup_timeout 1m\n }',
      {
        source: { kind: 'manifests', directory: 'd' },
        endpoints: false,
        startupTimeoutMs: 60_000,
      },
    ],
    [
      'has limits for each Service',
      'multicluster clusterset.local {\n max_ports 5\n max_endpoints 7\n max_bytes 1000000\n max_namespace_bytes 3000000\n }',
      { limits: { ports: 5, endpoints: 7, bytes: 1_000_000, namespaceBytes: 3_000_000 } },
    ],
    [
      'falls through everywhere',
      'multicluster clusterset.local {\n fallthrough\n }',
      { fallthrough: ['.'] },
    ],
    [
      'falls through in zones',
      'multicluster clusterset.local {\n fallthrough A.b 10.0.0.0/8\n }',
      { fallthrough: ['a.b.', '10.in-addr.arpa.'] },
    ],
  ])('%s', (_, directive, expected) => {
    expect(directives(`a.org {\n ${directive}\n}\n`)).toEqual([{ ...base, ...expected }])
  })

  const parsing = (line: number, text: string) => {
    return `plugin/multicluster: Corefile:${line} - Error during parsing: ${text}`
  }
  const argument = (text: string) =>
    `Wrong argument count or unexpected line ending after '${text}'`

  test.each([
    ['ttl 3601', parsing(3, 'ttl must be in range [0, 3600]: 3601')],
    ['ttl', parsing(3, argument('ttl'))],
    ['ttl x', 'plugin/multicluster: strconv.Atoi: parsing "x": invalid syntax'],
    ['ttl 1 2', parsing(3, argument('2'))],
    ['kubeconfig', parsing(3, argument('kubeconfig'))],
    ['manifests', parsing(3, argument('manifests'))],
    ['noendpoints x', parsing(3, argument('x'))],
    ['upstream', parsing(3, "unknown property 'upstream'")],
    ['kubeconfig f\n manifests d', parsing(4, 'kubeconfig and manifests cannot both be set')],
    ['manifests d\n kubeconfig f', parsing(4, 'kubeconfig and manifests cannot both be set')],
    [
      'startup_timeout 5',
      parsing(3, 'failed to parse startup_timeout: 5, time: missing unit in duration "5"'),
    ],
    ['startup_timeout -1s', parsing(3, 'startup_timeout must not be negative: -1s')],
  ])('refuses %s', (lines, message) => {
    expect(() => load(`. {\n multicluster a.org {\n ${lines}\n }\n}\n`)).toThrow(
      expect.objectContaining({ message, code: 'COREFILE' }),
    )
  })

  test.each([
    ['a second one', '. {\n multicluster a.org\n multicluster b.org\n}\n', /once per Server Block/],
    ['zones that are invalid names', '. {\n multicluster a..b\n}\n', /at least one valid zone/],
    ['zones with escapes', '. {\n multicluster a\\.b.org\n}\n', /escapes in zone a\\.b\.org\./],
  ])('refuses %s', (_, text, message) => {
    expect(() => load(text)).toThrow(message)
  })
})

describe('kubernetes', () => {
  const source = (lines: string) => {
    const [handler] =
      directives(`a.org {\n kubernetes {\n  multicluster a.org\n  ${lines}\n }\n}\n`) ?? []
    return (handler as MulticlusterConfig | undefined)?.source
  }

  test.each([
    ['', { kind: 'in-cluster' }],
    ['endpoint http://x', { kind: 'endpoint', url: 'http://x' }],
    [
      'endpoint https://x\n tls c k a',
      { kind: 'endpoint', url: 'https://x', tls: { cert: 'c', key: 'k', ca: 'a' } },
    ],
    ['endpoint http://x\n kubeconfig f', { kind: 'kubeconfig', file: 'f' }],
  ])('%j', (lines, expected) => {
    expect(source(lines)).toEqual(expected)
  })

  const config = (lines: string, head = 'kubernetes cluster.local') =>
    directives(`a.org {\n ${head} {\n  ${lines}\n }\n}\n`)?.[0] as KubernetesConfig

  test('has defaults', () => {
    expect(config('')).toEqual({
      plugin: 'kubernetes',
      zones: ['cluster.local.'],
      clusterZones: ['cluster.local.'],
      reverseZones: [],
      multiclusterZones: [],
      primaryZone: 'cluster.local.',
      source: { kind: 'in-cluster' },
      labels: '',
      requests: { qps: 0, burst: 0, maxInflight: 0 },
      exposed: {},
      ttl: 5,
      startupTimeoutMs: 5000,
      endpoints: true,
      pods: 'disabled',
      endpointPodNames: false,
      ignoreEmptyService: false,
      zonal: false,
      limits: { ports: 1000, endpoints: 10_000, bytes: 4_194_304, namespaceBytes: 67_108_864 },
    })
  })

  test.each<[string, Partial<KubernetesConfig>]>([
    ['ttl 56', { ttl: 56 }],
    ['pods insecure', { pods: 'insecure' }],
    ['pods verified', { pods: 'verified' }],
    ['endpoint_pod_names', { endpointPodNames: true }],
    ['noendpoints', { endpoints: false }],
    ['ignore empty_service', { ignoreEmptyService: true }],
    ['ignore empty_service ixnay on the endpointsay', { ignoreEmptyService: true }],
    ['zonal', { zonal: true }],
    ['namespaces demo', { exposed: { names: ['demo'] } }],
    ['namespaces demo test\n namespaces a demo', { exposed: { names: ['a', 'demo', 'test'] } }],
    ['labels environment=prod', { labels: 'environment=prod' }],
    [
      'labels environment in (production, staging, qa),application=nginx',
      { labels: 'application=nginx,environment in (production,qa,staging)' },
    ],
    ['labels !a,b,c notin (d,),e in ()', { labels: '!a,b,c notin (,d),e=' }],
    [
      'namespace_labels istio-injection=enabled',
      {
        exposed: { labels: [{ key: 'istio-injection', operator: 'in', values: ['enabled'] }] },
      },
    ],
    ['fallthrough', { fallthrough: ['.'] }],
    [
      'fallthrough ip6.arpa inaddr.arpa foo.com',
      { fallthrough: ['ip6.arpa.', 'inaddr.arpa.', 'foo.com.'] },
    ],
    ['kubeconfig file', { source: { kind: 'kubeconfig', file: 'file' } }],
    [
      'kubeconfig file context\n startup_timeout 1s',
      { source: { kind: 'kubeconfig', file: 'file', context: 'context' }, startupTimeoutMs: 1000 },
    ],
    ['manifests d', { source: { kind: 'manifests', directory: 'd' } }],
    [
      'apiserver_qps 50.0\n apiserver_burst 100\n apiserver_max_inflight 25',
      { requests: { qps: 50, burst: 100, maxInflight: 25 } },
    ],
  ])('reads %j', (lines, expected) => {
    expect(config(lines)).toMatchObject(expected)
  })

  test.each<[string, Partial<KubernetesConfig>]>([
    ['kubernetes coredns.local test.local', { clusterZones: ['coredns.local.', 'test.local.'] }],
    ['kubernetes', { clusterZones: ['a.org.'] }],
    [
      'kubernetes in-addr.arpa cluster.local ip6.arpa 10.0.0.0/15 other.local',
      {
        clusterZones: ['cluster.local.', 'other.local.'],
        reverseZones: ['in-addr.arpa.', 'ip6.arpa.', '0.10.in-addr.arpa.', '1.10.in-addr.arpa.'],
        primaryZone: 'cluster.local.',
      },
    ],
    ['kubernetes cluster.local cluster.local', { zones: ['cluster.local.'] }],
  ])('has the zones of %s', (head, expected) => {
    expect(config('ttl 5', head)).toMatchObject(expected)
  })

  test('names of addresses are in the first zone that is no multicluster zone', () => {
    const head = 'kubernetes clusterset.local cluster.local 10.0.0.0/8'
    expect(config('multicluster clusterset.local', head)).toMatchObject({
      multiclusterZones: ['clusterset.local.'],
      clusterZones: ['cluster.local.'],
      primaryZone: 'cluster.local.',
    })
  })

  test.each([
    ['kubeconfig f\n manifests d', 'kubeconfig and manifests cannot both be set'],
    ['endpoint http://x\n manifests d', 'endpoint and manifests cannot both be set'],
    ['labels a=b\n manifests d', 'labels and manifests cannot both be set'],
  ])('refuses %j', (lines, message) => {
    expect(() => config(lines)).toThrow(message)
  })

  test.each([
    ['tls c k a', 'tls has no effect: it is used only with endpoint'],
    ['endpoint http://x\n kubeconfig f', 'endpoint has no effect: kubeconfig names the server'],
    ['manifests d\n apiserver_qps 1', 'a limit of requests has no effect: manifests are files'],
    [
      'noendpoints\n ignore empty_service',
      'no ClusterIP service exists: ignore empty_service needs the endpoints that noendpoints leaves out',
    ],
  ])('warns of %j', (lines, message) => {
    expect(load(`a.org {\n kubernetes {\n  ${lines}\n }\n}\n`).warnings).toEqual([
      `plugin/kubernetes: ${message}`,
    ])
  })

  test('ignores an invalid zone argument with a warning', () => {
    const text = 'a.org {\n kubernetes a.org b..c {\n  multicluster a.org\n }\n}\n'
    expect(load(text).warnings).toEqual([
      'plugin/kubernetes: left out: zone is not a valid domain name: b..c',
    ])
  })
})

test('an error of a plugin has the position of its token', () => {
  expect(() => load('. {\n errors   {\n   foo\n }\n}\n')).toThrow(
    expect.objectContaining({ file: 'Corefile', line: 3, column: 4 }),
  )
})
