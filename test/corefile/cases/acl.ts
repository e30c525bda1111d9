// The lines of `acl`.
import type { Case } from './case.ts'

const accepted = (name: string, ...lines: readonly string[]): Case => ({
  name,
  corefile: `. {\n ${lines.join('\n ')}\n whoami\n}\n`,
  zones: ['.:0'],
})

const refused = (name: string, line: string, message: string): Case => ({
  name,
  corefile: `. {\n acl {\n  ${line}\n }\n whoami\n}\n`,
  error: `plugin/acl: Corefile:3 - Error during parsing: ${message}`,
})

export const acl: readonly Case[] = [
  accepted('without lines', 'acl', 'acl example.org', 'acl a.org {', '}'),
  accepted('repeated', 'acl a.org {', 'block', '}', 'acl {', 'drop', '}'),
  accepted('all actions', 'acl {', 'allow', 'block', 'filter', 'drop', '}'),
  accepted('in any letter case', 'acl {', 'BLOCK Type A NET 10.0.0.0/8', '}'),
  accepted('types and networks in any order', 'acl {', 'block net ::1 10.0.0.1 type A ANY', '}'),
  accepted('sections twice', 'acl {', 'block type A type TXT net ::/0 net 0.0.0.0/0', '}'),
  accepted('words behind *', 'acl {', 'block type * nonsense net * nonsense', '}'),
  accepted('types of all kinds', 'acl {', 'block type None Reserved HTTPS DS', '}'),
  accepted('an IPv4-mapped network', 'acl {', 'block net ::ffff:10.0.0.0/104', '}'),
  refused(
    'an unknown action',
    'deny net ::/0',
    `unexpected token "deny"; expect 'allow', 'block', 'filter' or 'drop'`,
  ),
  refused('an unknown section', 'block from ::/0', `unexpected token "from"; expect 'type | net'`),
  refused('a section without words', 'block type net ::/0', 'no token specified in "type" section'),
  refused(
    'the last section without words',
    'block type A NET',
    'no token specified in "net" section',
  ),
  refused('an unknown type', 'block type ABC', 'unexpected token "ABC"; expect legal QTYPE'),
  refused('a type in lower case', 'block type a', 'unexpected token "a"; expect legal QTYPE'),
  refused(
    'a type by its number',
    'block type TYPE1',
    'unexpected token "TYPE1"; expect legal QTYPE',
  ),
  refused(
    'a network that is too long',
    'block net 10.0.0.0/33',
    'illegal CIDR notation "10.0.0.0/33"',
  ),
  refused(
    'an address with a leading zero',
    'block net 10.0.0.01',
    'illegal CIDR notation "10.0.0.01/32"',
  ),
  refused(
    'an address with an interface',
    'block net fe80::1%lo',
    'illegal CIDR notation "fe80::1%lo/128"',
  ),
  refused('a host name', 'block net localhost', 'illegal CIDR notation "localhost/32"'),
]
