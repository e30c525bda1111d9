// The arguments of `health`, `ready` and `prometheus`.
import type { Case } from './case.ts'

export const httpPlugins: readonly Case[] = [
  {
    name: 'health',
    corefile: '. {\n health 127.0.0.1:0 {\n  lameduck 1s\n }\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'health in two blocks',
    corefile: 'a.org {\n health 127.0.0.1:0\n}\nb.org {\n health 127.0.0.1:0\n}\n',
    zones: ['a.org.:0', 'b.org.:0'],
  },
  {
    name: 'health with a port only',
    corefile: '. {\n health 8080\n}\n',
    error: 'plugin/health: address 8080: missing port in address',
  },
  {
    name: 'health with an open IPv6 address',
    corefile: '. {\n health ::1:8080\n}\n',
    error: 'plugin/health: address ::1:8080: too many colons in address',
  },
  {
    name: 'health with a broken bracket',
    corefile: '. {\n health [::1:8080\n}\n',
    error: "plugin/health: address [::1:8080: missing ']' in address",
  },
  {
    name: 'health with an address without a port',
    corefile: '. {\n health [::1]\n}\n',
    error: 'plugin/health: address [::1]: missing port in address',
  },
  {
    name: 'health with a bracket in the middle',
    corefile: '. {\n health a[b]:80\n}\n',
    error: "plugin/health: address a[b]:80: unexpected '[' in address",
  },
  {
    name: 'health with two addresses',
    corefile: '. {\n health a b\n}\n',
    error:
      "plugin/health: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'b'",
  },
  {
    name: 'health with a bad lameduck',
    corefile: '. {\n health {\n  lameduck 5\n }\n}\n',
    error:
      'plugin/health: unable to parse lameduck duration value: \'5\' : time: missing unit in duration "5"',
  },
  {
    name: 'health with an empty lameduck',
    corefile: '. {\n health {\n  lameduck\n }\n}\n',
    error:
      "plugin/health: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'lameduck'",
  },
  {
    name: 'health with an unknown property',
    corefile: '. {\n health {\n  foo\n }\n}\n',
    error: "plugin/health: Corefile:3 - Error during parsing: unknown property 'foo'",
  },
  {
    name: 'ready',
    corefile: '. {\n ready 127.0.0.1:0 {\n  monitor continuously\n }\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'ready twice',
    corefile: '. {\n ready 127.0.0.1:0\n ready 127.0.0.1:0\n}\n',
    error: 'plugin/ready: this plugin can only be used once per Server Block',
  },
  {
    name: 'ready without a port',
    corefile: '. {\n ready localhost\n}\n',
    error: 'plugin/ready: address localhost: missing port in address',
  },
  {
    name: 'ready with two addresses',
    corefile: '. {\n ready a:1 b:1\n}\n',
    error:
      "plugin/ready: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'b:1'",
  },
  {
    name: 'ready with a bad monitor',
    corefile: '. {\n ready {\n  monitor never\n }\n}\n',
    error: "plugin/ready: Corefile:3 - Error during parsing: monitor type 'never' not supported",
  },
  {
    name: 'ready with an empty monitor',
    corefile: '. {\n ready {\n  monitor\n }\n}\n',
    error:
      "plugin/ready: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'monitor'",
  },
  {
    name: 'ready with an unknown property',
    corefile: '. {\n ready {\n  foo\n }\n}\n',
    error: "plugin/ready: Corefile:3 - Error during parsing: unknown property 'foo'",
  },
  { name: 'prometheus', corefile: '. {\n prometheus 127.0.0.1:0\n}\n', zones: ['.:0'] },
  {
    name: 'prometheus with runtime metrics',
    corefile: '. {\n prometheus 127.0.0.1:0 {\n  runtime_metrics\n }\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'prometheus twice',
    corefile: '. {\n prometheus 127.0.0.1:0\n prometheus 127.0.0.1:0\n}\n',
    error: 'plugin/prometheus: this plugin can only be used once per Server Block',
  },
  {
    name: 'prometheus without a port',
    corefile: '. {\n prometheus 9153\n}\n',
    error: 'plugin/prometheus: address 9153: missing port in address',
  },
  {
    name: 'prometheus with two addresses',
    corefile: '. {\n prometheus a:1 b:1\n}\n',
    error:
      "plugin/prometheus: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'b:1'",
  },
  {
    name: 'prometheus with an unknown option',
    corefile: '. {\n prometheus 127.0.0.1:0 {\n  foo\n }\n}\n',
    error: 'plugin/prometheus: Corefile:3 - Error during parsing: unknown option: foo',
  },
  {
    name: 'prometheus with an argument of runtime_metrics',
    corefile: '. {\n prometheus 127.0.0.1:0 {\n  runtime_metrics x\n }\n}\n',
    error:
      "plugin/prometheus: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'prometheus with tls twice',
    corefile: '. {\n prometheus 127.0.0.1:0 {\n  tls x\n  tls y\n }\n}\n',
    error: 'plugin/prometheus: Corefile:4 - Error during parsing: tls block already specified',
  },
]
