// Small plugins: any, minimal, chaos, local, nsid, header, root and timeouts.
import type { Case } from './case.ts'

const wrong = (plugin: string, line: number, after: string) =>
  `plugin/${plugin}: Corefile:${line} - Error during parsing: Wrong argument count or unexpected line ending after '${after}'`

export const smallPlugins: readonly Case[] = [
  { name: 'any', corefile: '. {\n any\n}\n', zones: ['.:0'] },
  {
    name: 'any with an argument',
    corefile: '. {\n any example.org\n}\n',
    error: wrong('any', 2, 'example.org'),
  },
  {
    name: 'any with a block',
    corefile: '. {\n any {\n  foo\n }\n}\n',
    error:
      "plugin/any: Corefile:2 - Error during parsing: Unexpected token '{', expecting argument",
  },
  { name: 'any twice', corefile: '. {\n any\n any x\n}\n' },
  { name: 'minimal', corefile: '. {\n minimal\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'minimal with an argument',
    corefile: '. {\n minimal example.org\n}\n',
    error: wrong('minimal', 2, 'example.org'),
  },
  { name: 'chaos', corefile: '. {\n chaos v3 "Miek Gieben" x\n}\n', zones: ['.:0'] },
  {
    name: 'chaos with a block',
    corefile: '. {\n chaos v2 {\n  unknown\n }\n}\n',
    error: "plugin/chaos: Corefile:3 - Error during parsing: unknown property 'unknown'",
  },
  {
    name: 'local',
    corefile: '. {\n local\n local {\n  localhost_prefix off\n }\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'local with an argument',
    corefile: '. {\n local example.org\n}\n',
    error: wrong('local', 2, 'example.org'),
  },
  {
    name: 'local with an unknown option',
    corefile: '. {\n local {\n  foo\n }\n}\n',
    error: "plugin/local: Corefile:3 - Error during parsing: unknown property 'foo'",
  },
  {
    name: 'localhost_prefix of local without a value',
    corefile: '. {\n local {\n  localhost_prefix\n }\n}\n',
    error: wrong('local', 3, 'localhost_prefix'),
  },
  {
    name: 'localhost_prefix of local with another value',
    corefile: '. {\n local {\n  localhost_prefix maybe\n }\n}\n',
    error:
      'plugin/local: Corefile:3 - Error during parsing: ' +
      "localhost_prefix expects 'on' or 'off', got \"maybe\"",
  },
  { name: 'nsid', corefile: '. {\n nsid tf 2\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'nsid twice',
    corefile: '. {\n nsid\n nsid\n}\n',
    error: 'plugin/nsid: this plugin can only be used once per Server Block',
  },
  {
    name: 'nsid with a block',
    corefile: '. {\n nsid a {\n  b\n }\n}\n',
    error: 'plugin/nsid: this plugin can only be used once per Server Block',
  },
  {
    name: 'header',
    corefile: '. {\n header {\n  response set ra aa\n  query clear rd\n }\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'header without rules',
    corefile: '. {\n header\n}\n',
    error: wrong('header', 2, 'header'),
  },
  { name: 'header with {}', corefile: '. {\n header {}\n}\n', error: wrong('header', 2, '{}') },
  {
    name: 'header with an empty block',
    corefile: '. {\n header {\n }\n}\n',
    error: wrong('header', 3, '}'),
  },
  {
    name: 'header with an unknown selector',
    corefile: '. {\n header {\n  foo\n }\n}\n',
    error: 'plugin/header: setting up rule: invalid selector=foo should be query or response',
  },
  {
    name: 'header without an action',
    corefile: '. {\n header {\n  query\n }\n}\n',
    error: 'plugin/header: setting up rule: no flag action provided',
  },
  {
    name: 'header without flags',
    corefile: '. {\n header {\n  response set\n }\n}\n',
    error:
      'plugin/header: setting up rule: invalid length for flags, at least one should be provided',
  },
  {
    name: 'header without flags behind an unknown action',
    corefile: '. {\n header {\n  query foo\n }\n}\n',
    error:
      'plugin/header: setting up rule: invalid length for flags, at least one should be provided',
  },
  {
    name: 'header with an unknown action',
    corefile: '. {\n header {\n  query FOO rd\n }\n}\n',
    error: 'plugin/header: setting up rule: unknown flag action=foo, should be set or clear',
  },
  {
    name: 'header with an unknown flag',
    corefile: '. {\n header {\n  query set rd TC\n }\n}\n',
    error: 'plugin/header: setting up rule: unknown/unsupported flag=tc',
  },
  {
    name: 'root with a file of hosts',
    corefile: '. {\n root sub\n hosts h\n}\n',
    files: { 'sub/h': '192.0.2.1 a\n' },
    zones: ['.:0'],
    warnings: [],
  },
  {
    name: 'root that does not exist',
    corefile: '. {\n root /nonexistent/folder\n}\n',
    zones: ['.:0'],
    warnings: ['plugin/root: Root path does not exist: /nonexistent/folder'],
  },
  { name: 'root without a folder', corefile: '. {\n root\n}\n', error: wrong('root', 2, 'root') },
  {
    name: 'root with two folders',
    corefile: '. {\n root /a /b\n}\n',
    error: wrong('root', 2, '/b'),
  },
  {
    name: 'root with a block',
    corefile: '. {\n root {\n  /tmp\n }\n}\n',
    error: wrong('root', 3, '/tmp'),
  },
  {
    name: 'timeouts',
    corefile:
      '. {\n timeouts {\n  read 10\n  write 20s\n  idle 1h\n  maxtcpqueries -1\n }\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'timeouts without a block',
    corefile: '. {\n timeouts\n}\n',
    error:
      'plugin/timeouts: plugin/timeouts: Corefile:2 - Error during parsing: timeouts block with no timeouts specified',
  },
  {
    name: 'timeouts with an empty block',
    corefile: '. {\n timeouts {\n }\n}\n',
    error:
      'plugin/timeouts: plugin/timeouts: Corefile:3 - Error during parsing: timeouts block with no timeouts specified',
  },
  {
    name: 'timeouts with an argument',
    corefile: '. {\n timeouts 5s\n}\n',
    error: `plugin/timeouts: ${wrong('timeouts', 2, '5s')}`,
  },
  {
    name: 'timeouts with an unknown option',
    corefile: '. {\n timeouts {\n  read 10s\n  giraffe 30s\n }\n}\n',
    error: "plugin/timeouts: Corefile:4 - Error during parsing: unknown option: 'giraffe'",
  },
  {
    name: 'timeouts with two values',
    corefile: '. {\n timeouts {\n  read 10s 20s\n }\n}\n',
    error: wrong('timeouts', 3, '20s'),
  },
  ...[
    ['write', 'snake', "failed to parse duration 'snake'"],
    ['idle', '0s', "timeout provided '0s' needs to be between 1 second and 24 hours"],
    ['idle', '999ms', "timeout provided '999ms' needs to be between 1 second and 24 hours"],
    ['read', '48h', "timeout provided '48h0m0s' needs to be between 1 second and 24 hours"],
    ['read', '-5', "timeout provided '-5s' needs to be between 1 second and 24 hours"],
    [
      'maxtcpqueries',
      '0',
      "maxtcpqueries provided '0' needs to be -1 (unlimited) or a positive integer",
    ],
    [
      'maxtcpqueries',
      '-2',
      "maxtcpqueries provided '-2' needs to be -1 (unlimited) or a positive integer",
    ],
    [
      'maxtcpqueries',
      'snake',
      'invalid value for maxtcpqueries \'snake\': strconv.Atoi: parsing "snake": invalid syntax',
    ],
  ].map(
    ([option, value, message]): Case => ({
      name: `timeouts: ${option} ${value}`,
      corefile: `. {\n timeouts {\n  ${option} ${value}\n }\n}\n`,
      error: `plugin/timeouts: Corefile:3 - Error during parsing: ${message}`,
    }),
  ),
]
