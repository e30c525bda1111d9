// Parsing fleet.yaml, and its error texts.
import { describe, expect, test } from 'vitest'
import { canonicalAddress } from '../../src/fleet/api/addresses.ts'
import { refusalOf } from '../../src/fleet/api/endpoint-addresses.ts'
import { defaultExportLimits } from '../../src/fleet/api/export-limits.ts'
import { openPolicy } from '../../src/fleet/api/member-policy.ts'
import { hubSpec, parseFleetConfig } from '../../src/fleet/config.ts'
import { defaultRateLimits } from '../../src/fleet/controller/rate-limiter.ts'
import { defaultLeaderTimes } from '../../src/fleet/hub/leader-election.ts'
import { defaultLeaseTimes } from '../../src/fleet/hub/lease-state.ts'
import { DEFAULT_MEMBER_BYTES } from '../../src/fleet/member/member-limits.ts'

const parse = (text: string) => parseFleetConfig('fleet.yaml', text, '/etc/fleet')

describe('a fleet.yaml', () => {
  test('defines members by a kubeconfig relative to the file, or as the own cluster', () => {
    const text = `
members:
- {id: east, kubeconfig: east.yaml, context: admin}
- {id: west, inCluster: true}
`
    expect(parse(text)).toEqual({
      members: [
        {
          id: 'east',
          spec: { kind: 'kubeconfig', file: '/etc/fleet/east.yaml', context: 'admin' },
        },
        { id: 'west', spec: { kind: 'in-cluster' } },
      ],
      policies: {
        defaults: openPolicy,
        members: new Map([
          ['east', openPolicy],
          ['west', openPolicy],
        ]),
      },
      importMode: 'manual',
      exportLimits: defaultExportLimits,
      listen: ':8090',
      page: { enabled: false, hosts: [] },
      writes: defaultRateLimits,
      hub: undefined,
      leases: defaultLeaseTimes,
      leader: defaultLeaderTimes,
      memberBytes: DEFAULT_MEMBER_BYTES,
      secretsAllow: [],
    })
  })

  test('may set import mode, listen address, limits and times', () => {
    const text = `
members: [{id: a, kubeconfig: /a}]
importMode: auto
exportLimits: {ports: 20, backends: 7}
listen: 127.0.0.1:1
page: {enabled: true, hosts: [fleet.example.org]}
writes: {qps: 5, burst: 9}
leases: {suspectSeconds: 6, expireSeconds: 12.5}
leader: {leaseSeconds: 30}
memory: {memberMegabytes: 200}
memberSecrets: {allow: [http, impersonation]}
`
    expect(parse(text)).toMatchObject({
      importMode: 'auto',
      exportLimits: { ports: 20, endpoints: 5000, backends: 7 },
      listen: '127.0.0.1:1',
      page: { enabled: true, hosts: ['fleet.example.org'] },
      writes: { qps: 5, burst: 9 },
      leases: { suspectAfter: 6000, expireAfter: 12_500 },
      leader: { lease: 30_000, renew: 20_000, retry: 4000 },
      memberBytes: 200_000_000,
      secretsAllow: ['http', 'impersonation'],
    })
  })

  test.each([
    ['hub: {member: b}', '/b'],
    ['hub: {kubeconfig: hub.yaml}', '/etc/fleet/hub.yaml'],
  ])('defines the hub: %s', (hub, file) => {
    const config = parse(`members: [{id: a, kubeconfig: /a}, {id: b, kubeconfig: /b}]\n${hub}`)
    expect(hubSpec(config, {})).toEqual({ kind: 'kubeconfig', file })
  })

  test('without a hub uses the cluster it runs in, else the first member', () => {
    const config = parse('members: [{id: a, kubeconfig: /a}]')
    expect(hubSpec(config, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toEqual({ kind: 'in-cluster' })
    expect(hubSpec(config, {})).toEqual({ kind: 'kubeconfig', file: '/a' })
  })

  test('may limit the namespaces of a member; other members have the defaults', () => {
    const text = `
memberDefaults:
  namespaces: {export: {deny: [kube-*]}, import: {deny: [default]}}
members:
- {id: a, kubeconfig: /a}
- {id: b, kubeconfig: /b, namespaces: {export: {allow: [team-*], deny: [team-x]}}}
`
    const { defaults, members } = parse(text).policies
    const may = (id: string) => {
      const { exportsFrom, importsInto } = members.get(id) ?? defaults
      const names = ['kube-system', 'default', 'team-a', 'team-x']
      return { export: names.filter(exportsFrom), import: names.filter(importsInto) }
    }
    const kept = ['kube-system', 'team-a', 'team-x']
    expect(may('a')).toEqual({ export: ['default', 'team-a', 'team-x'], import: kept })
    expect(may('b')).toEqual({ export: ['team-a'], import: kept })
    expect(may('of a Secret')).toEqual(may('a'))
  })

  test('may limit where the endpoints of a member are, and name its own addresses', () => {
    const text = `
memberDefaults: {ownCIDRs: [10.96.0.0/12, 'fd00:96::/112']}
members:
- {id: a, kubeconfig: /a, endpointCIDRs: [10.1.0.0/16]}
- {id: b, kubeconfig: /b, ownCIDRs: []}
`
    const { members } = parse(text).policies
    const at = (address: string) => canonicalAddress(address)!
    const [a, b] = [members.get('a')!, members.get('b')!]
    expect(refusalOf(at('10.1.2.3'), a.endpoints)).toBeUndefined()
    expect(refusalOf(at('10.2.2.3'), a.endpoints)).toContain('outside the endpointCIDRs')
    expect(refusalOf(at('10.2.2.3'), b.endpoints)).toBeUndefined()
    expect(['10.97.0.1', 'fd00:96::1', '10.1.0.1'].map((one) => a.isOwn(at(one)))).toEqual([
      true,
      true,
      false,
    ])
    expect(b.isOwn(at('10.97.0.1'))).toBe(false)
  })

  test('may replace the list of labels and annotations that exports do not hand on', () => {
    const text = `
members:
- {id: a, kubeconfig: /a}
- {id: b, kubeconfig: /b, reservedKeys: ['argocd.argoproj.io/*', team]}
`
    const { members } = parse(text).policies
    const reserved = (id: string) =>
      ['app.kubernetes.io/name', 'argocd.argoproj.io/tracking-id', 'team'].filter(
        members.get(id)!.isReservedKey,
      )
    expect(reserved('a')).toEqual(['app.kubernetes.io/name', 'argocd.argoproj.io/tracking-id'])
    expect(reserved('b')).toEqual(['argocd.argoproj.io/tracking-id', 'team'])
  })

  test('may limit the number of exports of a member', () => {
    const text = `
memberDefaults: {maxExports: 50}
members:
- {id: a, kubeconfig: /a}
- {id: b, kubeconfig: /b, maxExportsPerNamespace: 0}
`
    const { members } = parse(text).policies
    expect(members.get('a')?.quota).toEqual({ perNamespace: 1000, perMember: 50 })
    expect(members.get('b')?.quota).toEqual({ perNamespace: 0, perMember: 50 })
  })

  test('may have empty groups of settings', () => {
    const text =
      'members: [{id: a, kubeconfig: /a}]\nleases: {}\nleader: {}\nwrites: {}\nexportLimits: {}\npage: {}\nmemory: {}\nmemberSecrets: {}'
    expect(parse(text)).toMatchObject({
      writes: defaultRateLimits,
      leases: defaultLeaseTimes,
      leader: defaultLeaderTimes,
      exportLimits: defaultExportLimits,
    })
  })

  test('with a hub needs no members: all may come from Secrets', () => {
    expect(parse('hub: {inCluster: true}').members).toEqual([])
  })

  test.each([
    ['', '1:1: this is null, not a map'],
    ['members: []', '1:10: members must be a list'],
    ['members: [', 'fleet.yaml:1:1'],
    ['members: [*x]', 'fleet.yaml:1:1: Unresolved alias'],
    ['member: []', '1:9: unknown field "member" (did you mean members?)'],
    ['members: []\nfoo: 1', '2:6: unknown field "foo"; known fields: members, memberDefaults'],
    ['members: [{id: A, kubeconfig: k}]', '1:16: id is "A", not one lower-case DNS label'],
    ['members:\n- id: a.b\n  kubeconfig: k', '2:7: id is "a.b"'],
    ['members:\n- {id: a, kubeconfig: k}\n- {id: a, kubeconfig: l}', '3:8: id "a" is already used'],
    [
      'members: [{id: a, kubeconfig: k, inCluster: yes}]',
      '1:45: inCluster is "yes", not true or false',
    ],
    ['members:\n- {id: a}', '2:3: member a: set kubeconfig: FILE or inCluster: true'],
    ['members: [{id: a, inCluster: true, kubeconfig: k}]', 'use either inCluster or kubeconfig'],
    [
      'members: [{id: a, kubeconfig: k}]\nexportLimits: {ports: 0}',
      '2:23: exportLimits.ports is 0, not a whole number of at least 1',
    ],
    [
      'members: [{id: a, kubeconfig: k}]\nexportLimits: {ports: 9, bytes: 1}',
      '2:33: unknown field "bytes"; known fields: ports, endpoints, backends',
    ],
    ['members: [{id: a, kubeconfig: k}]\nimportMode: all', '2:13: importMode is "all"'],
    ['members: [{id: a, kubeconfig: k}]\nwrites: {qps: 0}', '2:15: writes.qps is 0'],
    ['members: [{id: a, kubeconfig: k}]\nwrites: {qps: null}', '2:15: writes.qps is null, not a'],
    [
      'members: [{id: a, kubeconfig: k}]\nexportLimits: {ports: null}',
      'ports is null, not a whole',
    ],
    ['members: [{id: a, kubeconfig: k}]\nlisten: 8090', '2:9: listen is 8090'],
    ['members: [{id: a, kubeconfig: k}]\nhub: {member: b}', '2:15: no member has the id "b"'],
    [
      'members: []\nhub: {inCluster: true, context: x}',
      '2:6: hub: use either inCluster or kubeconfig',
    ],
    [
      'members: [{id: a, kubeconfig: k, namespaces: {export: {deny: x}}}]',
      '1:62: this is "x", not a list of namespaces',
    ],
    [
      'members: [{id: a, kubeconfig: k, namespaces: {export: {allow: [a, b.c]}}}]',
      '1:67: this is "b.c", not a namespace name or a pattern of one',
    ],
    [
      'members: [{id: a, kubeconfig: k, namespaces: {exports: {}}}]',
      'unknown field "exports" (did you mean export?)',
    ],
    ['memberDefaults: {id: a}\nmembers: [{id: a, kubeconfig: k}]', '1:22: unknown field "id"'],
    [
      'members: [{id: a, kubeconfig: k, endpointCIDRs: 10.0.0.0/8}]',
      '1:49: this is "10.0.0.0/8", not a list of address ranges',
    ],
    [
      'members: [{id: a, kubeconfig: k, ownCIDRs: [10.0.0.0/33]}]',
      '1:45: this is "10.0.0.0/33", not an address range such as',
    ],
    [
      'members: [{id: a, kubeconfig: k, reservedKeys: ["a b"]}]',
      '1:49: this is "a b", not the key of a label or annotation',
    ],
    [
      'members: [{id: a, kubeconfig: k, maxExports: 1.5}]',
      '1:46: maxExports is 1.5, not a whole number of at least 0',
    ],
    ['hub: {}', '1:6: hub: set kubeconfig: FILE or inCluster: true'],
    ['hub: {inCluster: true}\nleases: {expireSeconds: 30}', '2:25: leases.expireSeconds must be'],
    ['hub: {inCluster: true}\nleases: {suspectSeconds: x}', 'leases.suspectSeconds is "x"'],
    ['hub: {inCluster: true}\nleader: {leaseSeconds: 2}', 'a whole number of at least 3'],
    [
      'hub: {inCluster: true}\nmemberSecrets: {allow: [http, tls]}',
      '2:31: memberSecrets.allow has "tls", not a list of http, insecure-skip-tls-verify',
    ],
    ['hub: {inCluster: true}\nmemberSecrets: {allow: http}', 'memberSecrets.allow is "http", not'],
    ['hub: {inCluster: true}\npage: {enabled: 1}', '2:17: page.enabled is 1, not true or false'],
    [
      'hub: {inCluster: true}\npage: {hosts: a}',
      '2:15: page.hosts is "a", not a list of host names',
    ],
    ['hub: {inCluster: true}\npage: {hosts: [a, A:80]}', '2:19: page.hosts has "A:80", not a list'],
    ['hub: {inCluster: true}\nmemory: {memberMegabytes: 47}', '2:27: memory.memberMegabytes is 47'],
  ])('%j is rejected: %s', (text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  test('with several errors is rejected with a line for each, by position, and none twice', () => {
    const text = `importMode: all
lisen: ':1'
members:
- {id: A, kubeconfig: k, endpointCIDRs: [x, 10.0.0.0/8, y]}
- {id: b, kubeconfg: k, namespaces: {export: {deny: ['*-*-'], allow: x}}}
- 7
hub: {member: b}
memory: {memberMegabytes: 1}
leases: {suspectSeconds: x, expireSeconds: y}
`
    const lines = () => {
      try {
        parse(text)
        return []
      } catch (error) {
        return String((error as Error).message).split('\n')
      }
    }
    expect(
      lines().map((line) => /^fleet\.yaml:(\d+:\d+): (\S+ ?\S*)/.exec(line)?.slice(1)),
    ).toEqual([
      ['1:13', 'importMode is'],
      ['2:8', 'unknown field'],
      ['4:8', 'id is'],
      ['4:42', 'this is'],
      ['4:57', 'this is'],
      ['5:3', 'member b:'],
      ['5:22', 'unknown field'],
      ['5:70', 'this is'],
      ['6:3', 'this is'],
      ['8:27', 'memory.memberMegabytes is'],
      ['9:26', 'leases.suspectSeconds is'],
      ['9:44', 'leases.expireSeconds is'],
    ])
  })

  test.each([
    [
      'members: [{id: East_1, contxt: a}]',
      ['member East_1: set kubeconfig', 'id is "East_1"', 'unknown field "contxt"'],
    ],
    [
      'members: [{id: a, inCluster: true}]\nwrites: {qps: 0, brust: 1}',
      ['writes.qps is 0', 'unknown field "brust" (did you mean burst?)'],
    ],
    [
      'members: [{id: a, inCluster: true}]\nexportLimits: {ports: 0, prts: 1}',
      ['exportLimits.ports is 0', 'unknown field "prts"'],
    ],
    [
      'members: [{id: a, inCluster: true, namespaces: {exprt: {}, import: 3}}]',
      ['unknown field "exprt"', 'this is 3, not a map'],
    ],
    ['members: nope\nhub: {member: east}', ['members must be a list']],
  ])('%j is rejected with all of its faults', (text, faults) => {
    let message = ''
    try {
      parse(text)
    } catch (error) {
      message = String((error as Error).message)
    }
    for (const fault of faults) expect(message).toContain(fault)
    expect(message.split('\n')).toHaveLength(faults.length)
  })
})
