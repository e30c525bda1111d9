// The rights of deploy/fleet are those that the fleet uses, no more and no fewer: every resource that it follows, and
// the writes that it makes while exports and imports come, change and go; and they are those that `fleet check` asks
// for. On a real API server test/e2e/fleet.test.ts runs with them.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { fleetResources } from '../../src/fleet/cluster.ts'
import { groupOf } from '../../src/fleet/fleet-resources.ts'
import { hubRights, memberRights, type Right, showRight } from '../../src/fleet/rights.ts'
import { addExport, addNamespace, addService, addSlice, createFleet } from './embedded.ts'

interface Rule {
  readonly apiGroups: string[]
  readonly resources: string[]
  readonly resourceNames?: string[]
  readonly verbs: string[]
}

/** "verb resource.group name" */
const granted = (folder: string) =>
  parseAllDocuments(readFileSync(`deploy/fleet/${folder}/rbac.yaml`, 'utf8'))
    .map((document) => document.toJS() as { rules?: Rule[] })
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups: [group], resources: [resource], resourceNames = [], verbs }) =>
      verbs.map((verb) => [verb, `${resource}.${group}`, ...resourceNames].join(' ')),
    )
    .sort()

const checked = (rights: readonly Right[]) =>
  rights.flatMap((right) => right.verbs.map((verb) => showRight(verb, right))).sort()

test('fleet check asks for the rights that the roles grant', () => {
  expect(checked(memberRights)).toEqual(granted('member'))
  expect(checked(hubRights)).toEqual(granted('hub'))
})

test('the role allows what the fleet reads and writes, and nothing else', async () => {
  const used = new Set([
    'get namespaces. kube-system',
    'get clusterproperties.about.k8s.io cluster.clusterset.k8s.io',
  ])
  for (const resource of fleetResources) {
    for (const verb of ['list', 'watch']) used.add(`${verb} ${resource}.${groupOf(resource)}`)
  }
  const fleet = createFleet({
    clusters: ['c1'],
    mode: 'auto',
    perform: (member, write, signal) => {
      const { action, resource } = write
      const status = action === 'patch' && write.subresource === 'status' ? '/status' : ''
      used.add(`${action} ${resource}${status}.${groupOf(resource)}`)
      return member.write(write, signal)
    },
    report: (member, event, signal) => {
      used.add('create events.')
      return member.report(event, signal)
    },
  })
  const api = fleet.api('c1')
  addNamespace(api, 'ns')
  addService(api, 'web')
  addSlice(api, 'web', ['10.1.0.1'])
  addExport(api, 'web')
  await fleet.settle()
  addService(api, 'web', { sessionAffinity: 'ClientIP' })
  addSlice(api, 'web', ['10.1.0.2'])
  await fleet.settle()
  api.delete('serviceexports', 'ns/web')
  await fleet.settle()
  expect(granted('member')).toEqual([...used].sort())
})
