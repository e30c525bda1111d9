// docs/fleet.md names every metric, every Event and every name of the fleet, and no others.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as names from '../../src/fleet/api/names.ts'
import {
  conflictReasons,
  importReadyReasons,
  NO_CONFLICTS,
  validReasons,
} from '../../src/fleet/api/names.ts'
import { leaseFamilies } from '../../src/fleet/hub/metrics.ts'
import { memberFamilies } from '../../src/fleet/member/metrics.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../fleet/embedded.ts'

const sections = readFileSync('docs/fleet.md', 'utf8').split(/^##+ /m)

/** The words in backquotes of one column of the tables of a section. */
function column(title: string, index: number): string[] {
  const text = sections.find((one) => one.startsWith(`${title}\n`)) ?? ''
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split('|'))
  return rows.flatMap((cells) =>
    [...(cells[index] ?? '').matchAll(/`([\w./-]+)`/g)].map(([, one]) => one!),
  )
}

test('the metrics', async () => {
  const fleet = createFleet()
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  await fleet.settle()
  const families = [
    ...fleet.controller.families(),
    ...memberFamilies([]),
    ...leaseFamilies(true, new Map()),
  ]
  expect(column('Metrics', 0).sort()).toEqual(families.map(({ name }) => name).sort())
})

test('the reasons of Events', () => {
  // What follows from a valid export is told by `Exported`.
  const valid = validReasons.filter((reason) => reason !== 'Valid')
  const sources = ['EndpointsDropped', 'EndpointsKept', 'SourcesReached']
  const all = ['Exported', ...valid, ...conflictReasons, NO_CONFLICTS, ...importReadyReasons]
  const left = ['LabelsLeftOut', 'AnnotationsLeftOut', 'EndpointsLeftOut']
  const warnings = ['SharedAddress', 'UnknownValue', ...left]
  expect(column('Events', 1).sort()).toEqual([...all, ...sources, ...warnings].sort())
})

test('the names', () => {
  const values = Object.values(names).filter((value) => typeof value === 'string')
  const ours = values.filter((value) =>
    /^(?:fleet\.)?clusterset-dns(?:\.io\/?\w|\.io$|-fleet)/.test(value),
  )
  expect(column('Names', 0).sort()).toEqual(ours.sort())
})
