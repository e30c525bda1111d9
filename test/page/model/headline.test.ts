import { describe, expect, test } from 'vitest'
import { headlineOf } from '../../../src/page/model/headline.ts'
import {
  awayCluster,
  brokenRow,
  cluster,
  countsOf,
  mapDocument,
  row,
} from '../../support/page-documents.ts'

const two = [cluster('east'), cluster('west')]
const whole = countsOf([row('a/a'), row('a/b')])

/** The headline of a fleet, with a change of its document. */
function headline(clusters = two, services = whole, change: object = {}) {
  return headlineOf({ ...mapDocument(clusters, services), ...change }, services)
}

describe('the headline', () => {
  test('says that all is well, with what there is', () => {
    expect(headline()).toEqual({
      tone: 'good',
      title: 'All is well: 2 clusters in sync, 2 services.',
      causes: [],
    })
  })

  const many = ['a', 'b', 'c', 'd', 'e'].map(awayCluster)
  test.each([
    [
      'a cluster that is away',
      headline([cluster('east'), awayCluster('west')]),
      'west cannot be reached.',
    ],
    [
      'several',
      headline([cluster('east'), ...many]),
      'a, b and 3 more cannot be reached (5 of 6 clusters).',
    ],
    [
      'a cluster without CRDs',
      headline([cluster('east', { state: 'crds-missing' })]),
      'east does not serve the MCS API.',
    ],
    [
      'a cluster that refuses',
      headline([cluster('east', { state: 'forbidden' })]),
      'east refuses the credentials of the fleet.',
    ],
    [
      'a cluster with another error',
      headline([cluster('east', { state: 'failed' })]),
      'east is failed.',
    ],
    [
      'a broken service',
      headline(two, countsOf([row('a/a'), brokenRow('a/b')])),
      '1 of 2 services is broken.',
    ],
    [
      'a hub that is away',
      headline(two, whole, {
        hub: { name: 'h', member: null, reached: false, message: 'no route' },
      }),
      'The hub is not reached: no route',
    ],
    [
      'a fleet without a leader',
      headline(two, whole, { leader: { holder: '', renewed: '' } }),
      'No replica leads the fleet: nothing is written.',
    ],
  ])('names %s', (_, { tone, title }, expected) => {
    expect({ tone, title }).toEqual({ tone: 'bad', title: expected })
  })

  test('warns of conflicts and of retries', () => {
    const conflicts = countsOf([row('a/a', { conflicts: ['PortConflict'] })])
    expect(headline(two, conflicts)).toMatchObject({
      tone: 'warn',
      title: '1 service has exports that disagree.',
      href: '#/services?conflict=yes',
    })
    expect(headline([cluster('east', { retrying: 2 })])).toMatchObject({
      tone: 'warn',
      title: '2 writes failed and will be retried.',
    })
  })

  test('a warning of a service leaves all well, and is a line', () => {
    const { tone, causes } = headline(two, countsOf([row('a/a', { state: 'warning' })]))
    expect(tone).toBe('good')
    expect(causes).toMatchObject([{ text: '1 service has a warning.' }])
  })

  test('the other faults are lines, each with the view that says more', () => {
    const { causes } = headline([awayCluster('west')], countsOf([brokenRow('a/b')]))
    expect(causes).toEqual([
      { tone: 'bad', text: '1 of 1 service is broken.', href: '#/services?state=broken' },
    ])
  })

  test('says what is still being read, and that there is no cluster', () => {
    expect(headline([cluster('east', { state: 'starting' })]).title).toBe('Reading east …')
    expect(headline([]).title).toBe('This fleet has no clusters yet.')
  })
})
