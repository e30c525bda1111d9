// docs/security.md lists exactly the rights that the hub has in a member.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { grantedRights } from '../support/audited-rights.ts'
import type { KubeObject } from '../support/kube-client.ts'

const page = readFileSync('docs/security.md', 'utf8')

test('the table of rights in a member has those of deploy/fleet/member', () => {
  const [, section = ''] = page.split('### What the hub may do in a member\n')
  const [table = ''] = section.split('\n### ')
  const rows = [...table.matchAll(/^\| `([^`]+)` \| ([a-z, ]+) \|/gm)]
  const listed = rows.flatMap(([, object, verbs]) =>
    verbs!.split(', ').map((verb) => `${verb} ${object}`),
  )
  const objects = globSync('deploy/fleet/member/*.yaml').flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as KubeObject),
  )
  expect(listed.sort()).toEqual(grantedRights(objects))
})
