// fleet.yaml: what it means, and what is said of mistakes.
import { describe, expect, test } from 'vitest'
import { parseFleetConfig } from '../../src/fleet/fleet-config.ts'
import { defaultBudget } from '../../src/fleet/write-budget.ts'

const parse = (text: string) => parseFleetConfig('fleet.yaml', text, '/etc/fleet')

describe('a fleet.yaml', () => {
  test('names members by kubeconfig, whose path counts from the file, or as the own cluster', () => {
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
      importMode: 'manual',
      listen: ':8090',
      writes: defaultBudget,
    })
  })

  test('may say how the fleet works', () => {
    const text = `
members: [{id: a, kubeconfig: /a}]
importMode: auto
listen: 127.0.0.1:1
writes: {qps: 5, burst: 9}
`
    expect(parse(text)).toMatchObject({
      importMode: 'auto',
      listen: '127.0.0.1:1',
      writes: { qps: 5, burst: 9 },
    })
  })

  test.each([
    ['', '1:1: this is null, not a map'],
    ['members: []', '1:10: members is to be a list'],
    ['members: [', 'fleet.yaml:1:1'],
    ['member: []', '1:9: unknown field "member"; known are members'],
    ['members: [{id: A, kubeconfig: k}]', '1:16: id is "A", not one lower-case DNS label'],
    ['members:\n- id: a.b\n  kubeconfig: k', '2:7: id is "a.b"'],
    ['members:\n- {id: a, kubeconfig: k}\n- {id: a, kubeconfig: l}', '3:8: id "a" is that of'],
    ['members:\n- {id: a}', '2:3: member a: kubeconfig: FILE is missing'],
    ['members: [{id: a, inCluster: true, kubeconfig: k}]', 'either inCluster or kubeconfig'],
    ['members: [{id: a, kubeconfig: k}]\nimportMode: all', '2:13: importMode is "all"'],
    ['members: [{id: a, kubeconfig: k}]\nwrites: {qps: 0}', '2:15: writes.qps is 0'],
    ['members: [{id: a, kubeconfig: k}]\nlisten: 8090', '2:9: listen is 8090'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parse(text)).toThrow(message)
  })
})
