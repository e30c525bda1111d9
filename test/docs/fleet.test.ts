// The tables of docs/fleet.md list exactly the metrics, Event reasons and names of the fleet.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as names from '../../src/fleet/api/names.ts'
import {
  conflictReasons,
  exportRefusedReasons,
  importReadyReasons,
  NO_CONFLICTS,
  validReasons,
} from '../../src/fleet/api/names.ts'
import { fleetFamilies } from '../support/fleet-families.ts'

const sections = readFileSync('docs/fleet.md', 'utf8').split(/^##+ /m)

/** The words in backquotes in one column of the tables of a section. */
function column(title: string, index: number): string[] {
  const text = sections.find((section) => section.startsWith(`${title}\n`)) ?? ''
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split('|'))
  return rows.flatMap((cells) =>
    [...(cells[index] ?? '').matchAll(/`([\w./-]+)`/g)].map(([, word]) => word!),
  )
}

test('the table lists every metric', async () => {
  const families = await fleetFamilies()
  expect(column('Metrics', 0).sort()).toEqual(families.map(({ name }) => name).sort())
})

test('the table lists every reason of an Event', () => {
  // `Exported` stands for the reason `Valid`.
  const valid = validReasons.filter((reason) => reason !== 'Valid')
  const sources = ['EndpointsDropped', 'EndpointsKept', 'SourcesReached']
  const exports = ['Exported', ...valid, ...exportRefusedReasons, ...conflictReasons, NO_CONFLICTS]
  const all = [...exports, ...importReadyReasons]
  const leftOut = ['LabelsLeftOut', 'AnnotationsLeftOut', 'EndpointsLeftOut', 'PortsLeftOut']
  const refused = [...leftOut, 'FieldsLeftOut', 'WriteRefused']
  const warnings = ['AddressesReplaced', 'SharedAddress', 'UnknownValue', ...leftOut, ...refused]
  expect(column('Events', 1).sort()).toEqual([...all, ...sources, ...warnings].sort())
})

test('the table lists every name on objects', () => {
  const values = Object.values(names).filter((value) => typeof value === 'string')
  const ownNames = values.filter((value) =>
    /^(?:fleet\.)?clusterset-dns(?:\.io\/?\w|\.io$|-fleet)|\/derived-service$/.test(value),
  )
  expect(column('Names', 0).sort()).toEqual(ownNames.sort())
})
