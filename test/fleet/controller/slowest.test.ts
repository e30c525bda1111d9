// The slowest endpoint changes.
import { expect, test } from 'vitest'
import { type SlowChange, SlowestChanges } from '../../../src/fleet/controller/slowest.ts'

function change(service: string, seconds: number, source = 'c1'): SlowChange {
  return { service, seconds, source, consumer: 'c2', wall: 0 }
}

function slowest(...changes: readonly SlowChange[]) {
  const kept = new SlowestChanges()
  for (const one of changes) kept.add(one)
  return kept
}

const shown = ({ changes }: SlowestChanges) =>
  changes.map(({ service, seconds }) => `${service} ${seconds}`)

test('the slowest change of each service is kept, the slowest first', () => {
  expect(shown(slowest(change('a', 1), change('b', 3), change('a', 2), change('b', 1)))).toEqual([
    'b 3',
    'a 2',
  ])
})

test('20 services are kept', () => {
  const all = Array.from({ length: 30 }, (_, i) => change(`s${i}`, i))
  const kept = shown(slowest(...all))
  expect(kept).toHaveLength(20)
  expect([kept[0], kept.at(-1)]).toEqual(['s29 29', 's10 10'])
})

test('changes of a cluster that is no longer a member are removed', () => {
  const kept = slowest(change('a', 1), change('b', 2, 'c3'))
  kept.removeCluster('c3')
  expect(shown(kept)).toEqual(['a 1'])
  kept.removeCluster('c2')
  expect(shown(kept)).toEqual([])
})
