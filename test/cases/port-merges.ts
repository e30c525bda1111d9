// The merge of the ports of two exports of one Service, by the rule "Service Port" of KEP-1645. The second and
// third row are also specs of the MCS conformance suite. Ports are "name:number/PROTOCOL!appProtocol"; the default
// protocol is TCP.

interface PortMerge {
  readonly name: string
  /** The ports of the older export (c1) and of the younger one (c2). */
  readonly c1: string
  readonly c2: string
  readonly merged: string
  /** The merged ports that endpoints of each cluster serve. */
  readonly served: readonly [c1: string, c2: string]
  readonly conflict?: false
}

export const portMerges: readonly PortMerge[] = [
  {
    name: 'the same ports in another order: no conflict',
    c1: 'tcp:42 udp:42/UDP',
    c2: 'udp:42/UDP tcp:42',
    merged: 'tcp:42 udp:42/UDP',
    served: ['tcp:42 udp:42/UDP', 'tcp:42 udp:42/UDP'],
    conflict: false,
  },
  {
    name: 'one additional and one missing port: the union',
    c1: 'tcp:42 udp:42/UDP',
    c2: 'tcp:42 stcp:142/SCTP',
    merged: 'tcp:42 udp:42/UDP stcp:142/SCTP',
    served: ['tcp:42 udp:42/UDP', 'tcp:42 stcp:142/SCTP'],
  },
  {
    name: 'another number for a name: the oldest export wins',
    c1: 'tcp:42 udp:42/UDP',
    c2: 'tcp:43',
    merged: 'tcp:42 udp:42/UDP',
    served: ['tcp:42 udp:42/UDP', ''],
  },
  {
    name: 'disjoint ports: the union, each served by its own cluster',
    c1: 'tcp:42',
    c2: 'tcp2:4242',
    merged: 'tcp:42 tcp2:4242',
    served: ['tcp:42', 'tcp2:4242'],
  },
  {
    name: 'another name for a number: the oldest export wins, the other port is not renamed',
    c1: 'http:80',
    c2: 'web:80',
    merged: 'http:80',
    served: ['http:80', ''],
  },
  {
    name: 'another protocol for a name: the oldest export wins',
    c1: 'http:80',
    c2: 'http:80/UDP',
    merged: 'http:80',
    served: ['http:80', ''],
  },
  {
    name: 'another appProtocol: the oldest export wins, both clusters serve',
    c1: 'http:80',
    c2: 'http:80!kubernetes.io/h2c',
    merged: 'http:80',
    served: ['http:80', 'http:80'],
  },
  {
    name: 'two unnamed ports: their empty names collide',
    c1: ':80',
    c2: ':81',
    merged: ':80',
    served: [':80', ''],
  },
  {
    name: 'an unnamed port and a named one with its number: the oldest export wins',
    c1: ':80',
    c2: 'http:80',
    merged: ':80',
    served: [':80', ''],
  },
  {
    name: 'an unnamed port and another one: several ports need names',
    c1: ':80',
    c2: 'http:81',
    merged: ':80',
    served: [':80', ''],
  },
  {
    name: 'a named port and an unnamed one: several ports need names',
    c1: 'http:80',
    c2: ':81',
    merged: 'http:80',
    served: ['http:80', ''],
  },
]
