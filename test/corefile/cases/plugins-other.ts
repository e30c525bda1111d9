// The arguments of the other plugins, and the order in which errors are reported.
import type { Case } from './case.ts'

export const otherPlugins: readonly Case[] = [
  { name: 'bufsize', corefile: '. {\n bufsize 512\n whoami\n}\n', zones: ['.:0'] },
  { name: 'bufsize without a size', corefile: '. {\n bufsize\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'bufsize too small',
    corefile: '. {\n bufsize 511\n}\n',
    error:
      "plugin/bufsize: plugin/bufsize: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '511'",
  },
  {
    name: 'bufsize too large',
    corefile: '. {\n bufsize 4097\n}\n',
    error:
      "plugin/bufsize: plugin/bufsize: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '4097'",
  },
  {
    name: 'bufsize with a word',
    corefile: '. {\n bufsize x\n}\n',
    error:
      "plugin/bufsize: plugin/bufsize: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'bufsize with two sizes',
    corefile: '. {\n bufsize 512 1024\n}\n',
    error:
      "plugin/bufsize: plugin/bufsize: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '1024'",
  },
  {
    name: 'loadbalance round_robin',
    corefile: '. {\n loadbalance round_robin\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'loadbalance repeated',
    corefile: '. {\n loadbalance\n loadbalance\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'loadbalance with an unknown policy',
    corefile: '. {\n loadbalance random\n}\n',
    error: 'plugin/loadbalance: unknown policy: random',
  },
  {
    name: 'loadbalance round_robin with an argument',
    corefile: '. {\n loadbalance round_robin x\n}\n',
    error:
      'plugin/loadbalance: Corefile:2 - Error during parsing: unknown property for round_robin',
  },
  {
    name: 'loadbalance weighted without a file',
    corefile: '. {\n loadbalance weighted\n}\n',
    error: 'plugin/loadbalance: Corefile:2 - Error during parsing: missing weight file argument',
  },
  {
    name: 'loadbalance weighted with two files',
    corefile: '. {\n loadbalance weighted a b\n}\n',
    error: 'plugin/loadbalance: Corefile:2 - Error during parsing: unexpected argument(s)',
  },
  {
    name: 'loadbalance weighted with a bad reload',
    corefile: '. {\n loadbalance weighted a {\n  reload x\n }\n}\n',
    error: "plugin/loadbalance: Corefile:3 - Error during parsing: invalid reload duration 'x'",
  },
  {
    name: 'loadbalance weighted',
    corefile: '. {\n loadbalance weighted wf {\n  reload 10s\n }\n whoami\n}\n',
    files: { wf: 'a.org\n10.0.0.1 3\n' },
    zones: ['.:0'],
  },
  {
    name: 'loadbalance weighted with a file that may come',
    corefile: '. {\n loadbalance weighted gone\n whoami\n}\n',
    zones: ['.:0'],
    warnings: [
      'plugin/loadbalance: Failed to open weight file:weight file open error. Will try again in 30s',
    ],
  },
  {
    name: 'loadbalance weighted with a file that must be there',
    corefile: '. {\n loadbalance weighted gone {\n  reload 0s\n }\n whoami\n}\n',
    error: 'plugin/loadbalance: weight file open error',
  },
  {
    name: 'loadbalance weighted with prefer',
    corefile: '. {\n loadbalance weighted wf {\n  prefer 10.0.0.0/8\n }\n}\n',
    error: "plugin/loadbalance: Corefile:3 - Error during parsing: unknown property 'prefer'",
  },
  {
    name: 'loadbalance prefer',
    corefile: '. {\n loadbalance round_robin {\n  prefer 10.0.0.0/8 ::/0\n }\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'loadbalance prefer with an address',
    corefile: '. {\n loadbalance {\n  prefer 10.0.0.0/8 10.0.0.1\n }\n}\n',
    error:
      'plugin/loadbalance: Corefile:3 - Error during parsing: invalid CIDR "10.0.0.1": invalid CIDR address: 10.0.0.1',
  },
  {
    name: 'loadbalance with an unknown property',
    corefile: '. {\n loadbalance {\n  foo\n }\n}\n',
    error: "plugin/loadbalance: Corefile:3 - Error during parsing: unknown property 'foo'",
  },
  { name: 'reload', corefile: '. {\n reload 2s 0\n whoami\n}\n', zones: ['.:0'] },
  { name: 'reload without arguments', corefile: '. {\n reload\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'reload too often',
    corefile: '. {\n reload 1s\n}\n',
    error: 'plugin/reload: interval value must be greater or equal to 2s',
  },
  {
    name: 'reload with a small jitter',
    corefile: '. {\n reload 10s 500ms\n}\n',
    error: 'plugin/reload: jitter value must be 0 or greater or equal to 1s',
  },
  {
    name: 'reload with a bad interval',
    corefile: '. {\n reload x\n}\n',
    error: 'plugin/reload: time: invalid duration "x"',
  },
  {
    name: 'reload with a bad jitter',
    corefile: '. {\n reload 10s 5y\n}\n',
    error: 'plugin/reload: time: unknown unit "y" in duration "5y"',
  },
  {
    name: 'reload with three arguments',
    corefile: '. {\n reload 10s 5s x\n}\n',
    error:
      "plugin/reload: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  { name: 'multisocket', corefile: '. {\n multisocket 2\n whoami\n}\n' },
  {
    name: 'multisocket zero',
    corefile: '. {\n multisocket 0\n}\n',
    error: 'plugin/multisocket: num sockets can not be zero or negative: 0',
  },
  {
    name: 'multisocket too many',
    corefile: '. {\n multisocket 1025\n}\n',
    error: 'plugin/multisocket: num sockets exceeds maximum (1024): 1025',
  },
  {
    name: 'multisocket with a word',
    corefile: '. {\n multisocket x\n}\n',
    error: 'plugin/multisocket: invalid num sockets: strconv.Atoi: parsing "x": invalid syntax',
  },
  {
    name: 'multisocket with a huge number',
    corefile: '. {\n multisocket 99999999999999999999\n}\n',
    error:
      'plugin/multisocket: invalid num sockets: strconv.Atoi: parsing "99999999999999999999": value out of range',
  },
  {
    name: 'multisocket with two counts',
    corefile: '. {\n multisocket 1 2\n}\n',
    error:
      "plugin/multisocket: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '2'",
  },
  {
    name: 'multisocket twice',
    corefile: '. {\n multisocket 1\n multisocket 2\n}\n',
    error:
      "plugin/multisocket: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'multisocket'",
  },
  { name: 'debug', corefile: '. {\n debug\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'debug with an argument',
    corefile: '. {\n debug x\n}\n',
    error:
      "plugin/debug: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'debug with a block',
    corefile: '. {\n debug {\n }\n}\n',
    error:
      "plugin/debug: Corefile:2 - Error during parsing: Unexpected token '{', expecting argument",
  },
  {
    name: 'whoami with an argument',
    corefile: '. {\n whoami x\n}\n',
    error:
      "plugin/whoami: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'the first error in plugin order is reported',
    corefile: '. {\n whoami x\n errors log\n}\n',
    error: 'plugin/errors: Corefile:3 - Error during parsing: invalid log file: log',
  },
  {
    name: 'the first error in plugin order is reported across server blocks',
    corefile: 'a.org {\n whoami x\n}\nb.org {\n errors log\n}\n',
    error: 'plugin/errors: Corefile:5 - Error during parsing: invalid log file: log',
  },
  {
    name: 'an invalid key is reported before an invalid directive',
    corefile: 'a..org {\n whoami x\n}\n',
    error: 'error inspecting server blocks: zone is not a valid domain name: a..org',
  },
  {
    name: 'an unknown directive is reported before an invalid key',
    corefile: 'a..org {\n foo\n}\n',
    error: "Corefile:2 - Error during parsing: Unknown directive 'foo'",
  },
]
