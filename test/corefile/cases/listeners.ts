// Server blocks that share an address, and `bind`.
import type { Case } from './case.ts'

export const listeners: readonly Case[] = [
  {
    name: 'a zone served twice',
    corefile: '.:0 {\n whoami\n}\n.:0 {\n whoami\n}\n',
    error: 'cannot serve dns://.:0 - it is already defined',
  },
  {
    name: 'a zone twice in a block',
    corefile: 'a.org A.org. {\n whoami\n}\n',
    error: 'cannot serve dns://a.org.:0 - it is already defined',
  },
  {
    name: 'two zones on a port',
    corefile: 'a.org {\n whoami\n}\nb.org {\n whoami\n}\n',
    zones: ['a.org.:0', 'b.org.:0'],
  },
  {
    name: 'a bound zone after an unbound one',
    corefile: '. {\n whoami\n}\n. {\n bind 127.0.0.1\n whoami\n}\n',
    error: 'cannot serve dns://.:0 on 127.0.0.1 - zone overlap listener capacity with dns://.:0',
  },
  {
    name: 'an unbound zone after a bound one',
    corefile: '. {\n bind 127.0.0.1\n whoami\n}\n. {\n whoami\n}\n',
    error: 'cannot serve dns://.:0 - zone overlap listener capacity with dns://.:0 on 127.0.0.1',
  },
  {
    name: 'a zone on two addresses',
    corefile: '. {\n bind 127.0.0.1\n whoami\n}\n. {\n bind 127.0.0.2\n whoami\n}\n',
    zones: ['.:0 on 127.0.0.1', '.:0 on 127.0.0.2'],
  },
  {
    name: 'an address twice in bind',
    corefile: '. {\n bind 127.0.0.1 127.0.0.1\n whoami\n}\n',
    error: 'cannot serve dns://.:0 on 127.0.0.1 - it is already defined',
  },
  {
    name: 'a zone twice on an address',
    corefile: '. {\n bind 127.0.0.1\n whoami\n}\n. {\n bind 127.0.0.1\n whoami\n}\n',
    error: 'cannot serve dns://.:0 on 127.0.0.1 - it is already defined',
  },
  {
    name: 'bind repeated',
    corefile: '. {\n bind 127.0.0.1\n bind 127.0.0.2\n whoami\n}\n',
    zones: ['.:0 on 127.0.0.1', '.:0 on 127.0.0.2'],
  },
  { name: 'bind with an interface', corefile: '. {\n bind lo\n whoami\n}\n' },
  {
    name: 'bind with an exception',
    corefile: '. {\n bind 127.0.0.1 127.0.0.2 {\n  except 127.0.0.2\n }\n whoami\n}\n',
    zones: ['.:0 on 127.0.0.1'],
  },
  {
    name: 'bind with an interface except',
    corefile: '. {\n bind lo 127.0.0.3 {\n  except lo\n }\n whoami\n}\n',
    zones: ['.:0 on 127.0.0.3'],
  },
  {
    name: 'bind without an address',
    corefile: '. {\n bind\n}\n',
    error: 'plugin/bind: at least one address or interface name is expected',
  },
  {
    name: 'bind with a word',
    corefile: '. {\n bind nope0\n}\n',
    error: 'plugin/bind: not a valid IP address or interface name: "nope0"',
  },
  {
    name: 'bind with a scope',
    corefile: '. {\n bind fe80::1%lo\n}\n',
    error: 'plugin/bind: not a valid IP address or interface name: "fe80::1%lo"',
  },
  {
    name: 'bind with an unknown option',
    corefile: '. {\n bind 127.0.0.1 {\n  foo\n }\n}\n',
    error: 'plugin/bind: invalid option "foo"',
  },
  {
    name: 'bind with an empty exception',
    corefile: '. {\n bind 127.0.0.1 {\n  except\n }\n}\n',
    error: 'plugin/bind: at least one address or interface must be given to except subdirective',
  },
  {
    name: 'bind with a bad exception',
    corefile: '. {\n bind 127.0.0.1 {\n  except x"y\n }\n}\n',
    error: 'plugin/bind: not a valid IP address or interface name: "x\\"y"',
  },
  {
    name: 'an invalid port is reported before a duplicate zone',
    corefile: '.:70000 {\n}\n.:70000 {\n}\n',
    error: 'address 70000: invalid port',
  },
]
