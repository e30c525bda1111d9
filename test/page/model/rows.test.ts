import { describe, expect, test } from 'vitest'
import { applyEvents } from '../../../src/page/model/rows.ts'
import { row } from '../../support/page-documents.ts'

const rows = { clusters: ['east'], services: [row('a/a'), row('a/c')] }
const event = (change: object) => ({
  revision: '2',
  clusters: ['east'],
  changed: [],
  removed: [],
  ...change,
})
const names = ({ services }: typeof rows | ReturnType<typeof applyEvents>) =>
  services.map(({ service }) => service)

describe('events change the rows', () => {
  test('none changes nothing', () => {
    expect(applyEvents(rows, [])).toBe(rows)
  })

  test('a changed row is replaced, the others are the same objects', () => {
    const changed = row('a/a', { state: 'broken' })
    const { services } = applyEvents(rows, [event({ changed: [changed] })])
    expect(services[0]).toBe(changed)
    expect(services[1]).toBe(rows.services[1])
  })

  test('a new row comes in its place', () => {
    expect(names(applyEvents(rows, [event({ changed: [row('a/b')] })]))).toEqual([
      'a/a',
      'a/b',
      'a/c',
    ])
  })

  test('a removed row goes', () => {
    expect(names(applyEvents(rows, [event({ removed: ['a/a'] })]))).toEqual(['a/c'])
  })

  test('one that is removed and comes again is in its place', () => {
    const events = [event({ removed: ['a/a'] }), event({ changed: [row('a/a')] })]
    expect(names(applyEvents(rows, events))).toEqual(['a/a', 'a/c'])
  })

  test('the newest names of clusters hold', () => {
    const { clusters } = applyEvents(rows, [event({ clusters: ['east', 'west'] })])
    expect(clusters).toEqual(['east', 'west'])
  })
})
