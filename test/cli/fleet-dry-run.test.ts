// What a dry run shows.
import { expect, test } from 'vitest'
import { createDryRun } from '../../src/cli/fleet-dry-run.ts'
import { addExport, addImport, addNamespace, addService, createFleet } from '../fleet/embedded.ts'

test('a dry run shows the next writes of every service, learns nothing from them, and says how many bring more', async () => {
  const shown: string[] = []
  const dryRun = createDryRun((line) => shown.push(line))
  const fleet = createFleet({ perform: dryRun.perform, report: async () => {} })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  const names = Array.from({ length: 40 }, (_, i) => `web-${i}`)
  for (const name of names) {
    addService(fleet.api('c1'), name)
    addExport(fleet.api('c1'), name)
    addImport(fleet.api('c2'), name)
  }
  const before = fleet.objects()
  await fleet.settle()
  expect(fleet.objects()).toEqual(before)
  for (const name of names) {
    expect(shown).toContainEqual(
      expect.stringContaining(`c1: patch serviceexports/status ns/${name} {"status"`),
    )
    expect(shown).toContainEqual(expect.stringContaining(`c2: create services ns/amcs-${name} {`))
  }
  expect(dryRun.created).toBe(40)
  expect(fleet.lines.join()).not.toMatch(/older|webhook/)
})
