import { describe, expect, test } from 'vitest'
import { flowsToDraw, layoutMap, linesOf, MOST_LINES } from '../../../src/page/model/map-layout.ts'
import { allFlows } from '../../support/page-documents.ts'

const names = (count: number) => Array.from({ length: count }, (_, i) => `cluster-${i}`)
const SIZES = [
  ['a laptop', { width: 720, height: 580 }],
  ['a phone', { width: 364, height: 420 }],
  ['a wall', { width: 3000, height: 1850 }],
] as const

describe('the layout of the map', () => {
  describe.each(SIZES)('on %s', (_, size) => {
    test.each([1, 2, 3, 4, 8, 50])('%i clusters are inside of the field', (count) => {
      const { nodes } = layoutMap(names(count), size)
      expect(nodes.size).toBe(count)
      for (const { x, y } of nodes.values()) {
        expect(x).toBeGreaterThan(0)
        expect(x).toBeLessThan(size.width)
        expect(y).toBeGreaterThan(0)
        expect(y).toBeLessThan(size.height)
      }
    })

    test('a few are cards, 50 are dots', () => {
      expect(layoutMap(names(4), size).kind).toBe('cards')
      expect(layoutMap(names(50), size).kind).toBe('dots')
    })
  })

  test('cards do not touch', () => {
    const { card, nodes } = layoutMap(names(6), SIZES[0][1])
    const places = [...nodes.values()]
    for (const [i, a] of places.entries()) {
      for (const b of places.slice(i + 1)) {
        expect(Math.abs(a.x - b.x) > card.width || Math.abs(a.y - b.y) > card.height).toBe(true)
      }
    }
  })

  test('the order of the names moves nothing', () => {
    const [size, some] = [SIZES[0][1], names(7)]
    expect(layoutMap([...some].reverse(), size)).toEqual(layoutMap(some, size))
  })

  test('one cluster is in the middle', () => {
    const node = layoutMap(['east'], { width: 600, height: 400 }).nodes.get('east')
    expect(node).toMatchObject({ x: 300, y: 200 })
  })

  test('names of dots are left out where they would touch', () => {
    expect(layoutMap(names(50), SIZES[0][1]).nameRoom).toBeGreaterThan(0)
    expect(layoutMap(names(50), SIZES[1][1]).nameRoom).toBe(0)
  })
})

describe('lines', () => {
  const layout = layoutMap(['a', 'b'], { width: 600, height: 400 })
  const flow = { source: 'a', consumer: 'b', services: 4, endpoints: 9, p99Seconds: null }

  test('the two directions of a pair are apart', () => {
    const [there, back] = linesOf([flow, { ...flow, source: 'b', consumer: 'a' }], layout)
    expect(there!.path).not.toBe(back!.path)
    expect(Math.abs(there!.middle.y - back!.middle.y)).toBeGreaterThan(20)
  })

  test('more services make a thicker line', () => {
    const [few, many] = linesOf([flow, { ...flow, services: 400 }], layout)
    expect(many!.width).toBeGreaterThan(few!.width)
  })

  test('a flow of a cluster that is not on the map has no line', () => {
    expect(linesOf([{ ...flow, consumer: 'gone' }], layout)).toEqual([])
  })

  test('of many flows the largest are drawn, and all of the chosen cluster', () => {
    const flows = allFlows(names(50))
    expect(flowsToDraw(flows, '')).toHaveLength(MOST_LINES)
    const chosen = flowsToDraw(flows, 'cluster-3')
    expect(
      chosen.filter(({ source, consumer }) => [source, consumer].includes('cluster-3')),
    ).toHaveLength(98)
    expect(flowsToDraw(flows.slice(0, 5), '')).toHaveLength(5)
  })
})
