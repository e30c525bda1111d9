import { describe, expect, test } from 'vitest'
import { type Filter, noFilter, selectRows } from '../../../src/page/model/filter.ts'
import { brokenRow, row } from '../../support/page-documents.ts'

const clusters = ['east', 'west', 'north']
const rows = [
  row('shop/api', { sources: [[1, 2]], importers: [0, 2], address: '10.96.0.7' }),
  brokenRow('shop/cart'),
  row('shop-old/web', {
    state: 'warning',
    text: 'A Pod is not Ready.',
    conflicts: ['PortConflict'],
  }),
]

describe('the filter', () => {
  test.each<readonly [string, Partial<Filter>, readonly string[]]>([
    ['nothing lets all through', {}, ['shop/api', 'shop/cart', 'shop-old/web']],
    ['a part of the name', { q: 'cart' }, ['shop/cart']],
    ['capital letters', { q: 'CART' }, ['shop/cart']],
    ['each word', { q: 'shop web' }, ['shop-old/web']],
    ['an address', { q: '10.96.0.7' }, ['shop/api']],
    ['a part of the error', { q: 'not ready' }, ['shop-old/web']],
    ['a state', { state: 'broken' }, ['shop/cart']],
    ['all that is not whole', { state: 'problem' }, ['shop/cart', 'shop-old/web']],
    ['a source', { source: 'west' }, ['shop/api']],
    ['an importing cluster', { importer: 'north' }, ['shop/api']],
    ['a cluster that does not exist', { source: 'mars' }, []],
    ['a conflict', { conflict: 'yes' }, ['shop-old/web']],
    ['a reason of a conflict', { conflict: 'TypeConflict' }, []],
    ['a whole namespace', { namespace: 'shop' }, ['shop/api', 'shop/cart']],
    ['several at once', { namespace: 'shop', state: 'holds' }, ['shop/api']],
  ])('%s', (_, filter, expected) => {
    const selected = selectRows(rows, clusters, { ...noFilter, ...filter })
    expect(selected.map(({ service }) => service)).toEqual(expected)
  })

  test('without a filter the list is the same object', () => {
    expect(selectRows(rows, clusters, noFilter)).toBe(rows)
  })
})
