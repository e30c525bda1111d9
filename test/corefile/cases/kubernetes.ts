// The options of `kubernetes`.
import type { Case } from './case.ts'

/** A server block with one multicluster zone; it does not wait for its API server. */
const withOptions = (lines: string) => `a.test {
 kubernetes a.test {
  multicluster a.test
  endpoint http://127.0.0.1:1
  startup_timeout 1ms
${lines}
 }
}
`

const BAD =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

/** Selectors that Go refuses, with the end of its message. */
const badSelectors: readonly Case[] = [
  ['environment in (production, qa', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ['a=b,', "found '', expected: identifier after ','"],
  ['a=b,,c', "found ',', expected: identifier after ','"],
  ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ['!a=b', "found '=', expected: ',' or 'end of string'"],
  ['a==)', "unable to parse requirement: found ')', expected: identifier"],
  ['a in (=)', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
  ['a in (b,=)', "unable to parse requirement: found '=', expected: ',', or identifier"],
  ['-a=b', `unable to parse requirement: <nil>: Invalid value: "-a": name part ${BAD}`],
  [
    '/a=b',
    'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty',
  ],
  [
    'a>b',
    `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
  ],
].map(([selector = '', message = '']) => ({
  name: `the selector ${selector}`,
  corefile: withOptions(`  labels ${selector}`),
  error: `plugin/kubernetes: unable to parse label selector value: '${selector}': couldn't parse the selector string "${selector}": ${message}`,
}))

export const kubernetes: readonly Case[] = [
  { name: 'a multicluster zone', corefile: withOptions(''), zones: ['a.test.:0'] },
  {
    name: 'a multicluster zone with all options',
    corefile: withOptions('  ttl 30\n  noendpoints\n  fallthrough\n  pods disabled'),
    zones: ['a.test.:0'],
  },
  {
    name: 'pods insecure, without effect on a multicluster zone',
    corefile: withOptions('  pods insecure'),
    zones: ['a.test.:0'],
    warnings: [
      'plugin/kubernetes: pods insecure has no effect: a multicluster zone has no names of pods (KEP-1645), so they are NXDOMAIN',
    ],
  },
  {
    name: 'zonal, without effect on a multicluster zone',
    corefile: withOptions('  zonal'),
    zones: ['a.test.:0'],
    warnings: [
      'plugin/kubernetes: zonal has no effect: a multicluster zone has no names with topology zones',
    ],
  },
  {
    name: 'options of zones of the cluster, without effect on a multicluster zone',
    corefile: withOptions(
      '  pods verified\n  endpoint_pod_names\n  noendpoints\n  ignore empty_service x',
    ),
    zones: ['a.test.:0'],
    warnings: [
      'plugin/kubernetes: pods verified has no effect: a multicluster zone has no names of pods (KEP-1645), so they are NXDOMAIN',
      'plugin/kubernetes: ignore empty_service has no effect: all zones are multicluster zones',
      'plugin/kubernetes: endpoint_pod_names has no effect: all zones are multicluster zones',
      'plugin/kubernetes: noendpoints has no effect: a multicluster zone has endpoint names',
    ],
  },
  {
    name: 'ignore without a value, without effect',
    corefile: withOptions('  ignore'),
    warnings: ['plugin/kubernetes: ignore has no effect: it has no value'],
  },
  {
    name: 'apiserver_burst without apiserver_qps, without effect',
    corefile: withOptions('  apiserver_burst 5'),
    warnings: [
      'plugin/kubernetes: apiserver_burst has no effect: it is used only with apiserver_qps',
    ],
  },
  { name: 'one namespace', corefile: withOptions('  namespaces demo'), zones: ['a.test.:0'] },
  { name: 'two namespaces', corefile: withOptions('  namespaces demo test'), zones: ['a.test.:0'] },
  {
    name: 'labels with one value',
    corefile: withOptions('  labels environment=prod'),
    zones: ['a.test.:0'],
  },
  {
    name: 'labels with sets of values',
    corefile: withOptions('  labels environment in (production, staging, qa),application=nginx'),
    zones: ['a.test.:0'],
  },
  {
    name: 'namespace_labels',
    corefile: withOptions('  namespace_labels istio-injection=enabled'),
    zones: ['a.test.:0'],
  },
  ...badSelectors,
  {
    name: 'a selector with an operator that only selectors of code have',
    corefile: withOptions('  labels a!=b'),
    error:
      'plugin/kubernetes: unable to parse label selector value: \'a!=b\': "!=" is not a valid label selector operator',
  },
  {
    name: 'a selector that compares numbers',
    corefile: withOptions('  namespace_labels a>1'),
    error:
      "plugin/kubernetes: unable to parse namespace_label selector value: 'a>1': \"gt\" isn't supported in label selectors",
  },
  {
    name: 'a multicluster zone that is not a zone of the plugin',
    corefile: 'a.test {\n kubernetes a.test {\n  multicluster b.test c.test\n }\n}\n',
    error:
      'plugin/kubernetes: Corefile:4 - Error during parsing: is not authoritative for the multicluster zone b.test. (authoritative zones: [a.test.])',
  },
  {
    name: 'zones of the cluster, reverse zones and a multicluster zone',
    corefile: `. {
 kubernetes cluster.local in-addr.arpa 10.96.0.0/12 fd00::/8 clusterset.local {
  multicluster clusterset.local
  endpoint http://127.0.0.1:1
  startup_timeout 1ms
  pods insecure
  endpoint_pod_names
  zonal
  ignore empty_service
  labels app=web
  namespaces demo
 }
}
`,
    zones: ['.:0'],
    warnings: [],
  },
  {
    name: 'a zone of the cluster without endpoints',
    corefile: `. {
 kubernetes cluster.local {
  endpoint http://127.0.0.1:1
  startup_timeout 1ms
  noendpoints
  endpoint_pod_names
  pods verified
  multicluster
 }
}
`,
    zones: ['.:0'],
    warnings: [
      'plugin/kubernetes: endpoint_pod_names has no effect: noendpoints leaves out all endpoints',
    ],
  },
  {
    name: 'reverse zones only',
    corefile: '10.0.0.0/8 {\n kubernetes {\n }\n}\n',
    error: 'plugin/kubernetes: non-reverse zone name must be used',
  },
  {
    name: 'the reverse apex counts as a zone',
    corefile: 'in-addr.arpa {\n kubernetes in-addr.arpa {\n  foo\n }\n}\n',
    error: "plugin/kubernetes: Corefile:3 - Error during parsing: unknown property 'foo'",
  },
  {
    name: 'zones that are not valid names are ignored',
    corefile: '. {\n kubernetes a..b\n}\n',
    error: 'plugin/kubernetes: non-reverse zone name must be used',
  },
  {
    name: 'twice',
    corefile: '. {\n kubernetes a.test\n kubernetes b.test\n}\n',
    error: 'plugin/kubernetes: this plugin can only be used once per Server Block',
  },
  {
    name: 'an unknown property',
    corefile: withOptions('  upstream'),
    error: "plugin/kubernetes: Corefile:6 - Error during parsing: unknown property 'upstream'",
  },
  {
    name: 'resyncperiod',
    corefile: withOptions('  resyncperiod 1m'),
    error: "plugin/kubernetes: Corefile:6 - Error during parsing: unknown property 'resyncperiod'",
  },
  {
    name: 'ttl too large',
    corefile: withOptions('  ttl 3601'),
    error:
      'plugin/kubernetes: Corefile:6 - Error during parsing: ttl must be in range [0, 3600]: 3601',
  },
  {
    name: 'ttl negative',
    corefile: withOptions('  ttl -1'),
    error:
      'plugin/kubernetes: Corefile:6 - Error during parsing: ttl must be in range [0, 3600]: -1',
  },
  {
    name: 'ttl no number',
    corefile: withOptions('  ttl 5s'),
    error: 'plugin/kubernetes: strconv.Atoi: parsing "5s": invalid syntax',
  },
  {
    name: 'ttl missing',
    corefile: withOptions('  ttl'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'ttl'",
  },
  {
    name: 'pods with a bad value',
    corefile: withOptions('  pods foo'),
    error:
      'plugin/kubernetes: wrong value for pods: foo,  must be one of: disabled, verified, insecure',
  },
  {
    name: 'pods missing',
    corefile: withOptions('  pods'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'pods'",
  },
  {
    name: 'endpoint missing',
    corefile: withOptions('  endpoint'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'endpoint'",
  },
  {
    name: 'tls with two files',
    corefile: withOptions('  tls a b'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'b'",
  },
  {
    name: 'kubeconfig missing',
    corefile: withOptions('  kubeconfig'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'kubeconfig'",
  },
  {
    name: 'kubeconfig with three arguments',
    corefile: withOptions('  kubeconfig a b c'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'c'",
  },
  {
    name: 'startup_timeout missing',
    corefile: withOptions('  startup_timeout'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'startup_timeout'",
  },
  {
    name: 'startup_timeout bad',
    corefile: withOptions('  startup_timeout 5'),
    error:
      'plugin/kubernetes: failed to parse startup_timeout: 5, time: missing unit in duration "5"',
  },
  {
    name: 'noendpoints with an argument',
    corefile: withOptions('  noendpoints x'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'zonal with noendpoints',
    corefile: withOptions('  zonal\n  noendpoints'),
    error:
      'plugin/kubernetes: Corefile:8 - Error during parsing: zonal requires the endpoint cache; remove noendpoints',
  },
  {
    name: 'zonal with an argument',
    corefile: withOptions('  zonal x'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'namespaces missing',
    corefile: withOptions('  namespaces'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'namespaces'",
  },
  {
    name: 'namespaces and namespace_labels',
    corefile: withOptions('  namespaces a\n  namespace_labels b=c'),
    error:
      'plugin/kubernetes: Corefile:8 - Error during parsing: namespaces and namespace_labels cannot both be set',
  },
  {
    name: 'labels missing',
    corefile: withOptions('  labels'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'labels'",
  },
  {
    name: 'namespace_labels missing',
    corefile: withOptions('  namespace_labels'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'namespace_labels'",
  },
  {
    name: 'endpoint_pod_names with an argument',
    corefile: withOptions('  endpoint_pod_names x'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'ignore with a bad value',
    corefile: withOptions('  ignore foo'),
    error: "plugin/kubernetes: unable to parse ignore value: 'foo'",
  },
  {
    name: 'apiserver_qps',
    corefile: withOptions('  apiserver_qps 10.5\n  apiserver_burst 5\n  apiserver_max_inflight 3'),
    zones: ['a.test.:0'],
  },
  {
    name: 'apiserver_qps negative',
    corefile: withOptions('  apiserver_qps -1'),
    error: 'plugin/kubernetes: Corefile:6 - Error during parsing: apiserver_qps must be >= 0',
  },
  {
    name: 'apiserver_qps no number',
    corefile: withOptions('  apiserver_qps x'),
    error:
      'plugin/kubernetes: Corefile:6 - Error during parsing: invalid apiserver_qps "x": strconv.ParseFloat: parsing "x": invalid syntax',
  },
  {
    name: 'apiserver_qps out of range',
    corefile: withOptions('  apiserver_qps 1e40'),
    error:
      'plugin/kubernetes: Corefile:6 - Error during parsing: invalid apiserver_qps "1e40": strconv.ParseFloat: parsing "1e40": value out of range',
  },
  {
    name: 'apiserver_burst no number',
    corefile: withOptions('  apiserver_burst 1.5'),
    error:
      'plugin/kubernetes: Corefile:6 - Error during parsing: invalid apiserver_burst "1.5": strconv.Atoi: parsing "1.5": invalid syntax',
  },
  {
    name: 'apiserver_burst negative',
    corefile: withOptions('  apiserver_burst -1'),
    error: 'plugin/kubernetes: Corefile:6 - Error during parsing: apiserver_burst must be >= 0',
  },
  {
    name: 'apiserver_max_inflight two',
    corefile: withOptions('  apiserver_max_inflight 1 2'),
    error:
      "plugin/kubernetes: Corefile:6 - Error during parsing: Wrong argument count or unexpected line ending after '2'",
  },
  {
    name: 'fallthrough to zones',
    corefile: withOptions('  fallthrough a.test 10.0.0.0/8'),
    zones: ['a.test.:0'],
  },
  {
    name: 'several endpoints',
    corefile: withOptions('  endpoint http://127.0.0.1:1 http://127.0.0.1:2'),
    zones: ['a.test.:0'],
  },
  {
    name: 'two zones, by the keys of the block',
    corefile: `a.test b.test {
 kubernetes {
  multicluster a.test B.Test.
  endpoint http://127.0.0.1:1
  startup_timeout 1ms
 }
}
`,
    zones: ['a.test.:0', 'b.test.:0'],
  },
]
