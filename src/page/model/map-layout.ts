// Where the clusters of the map are, and the lines between them. The place of a cluster depends on the set of names and the
// size alone, so nothing moves while states and numbers change.
import type { Flow } from '../../fleet/page/document.ts'
import { byName } from './words.ts'

/** All sizes are CSS pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface MapLayout {
  /** Cards while they fit without an overlap, else dots with names around the circle. */
  readonly kind: 'cards' | 'dots'
  readonly card: Size
  /** Texts and marks are so many times as large as on a laptop: a wall is read from afar. */
  readonly scale: number
  /** Pixels for the name of a dot, outside of the circle; 0 when names would touch each other. */
  readonly nameRoom: number
  readonly nodes: ReadonlyMap<string, Node>
}

export interface Node extends Point {
  /** Radians; 0 points to the right, and the screen's y grows downwards. */
  readonly angle: number
}

export interface Line {
  readonly flow: Flow
  /** Path data of SVG. */
  readonly path: string
  /** The middle of the curve, and its direction in degrees: the place of the arrow head. */
  readonly middle: Point
  readonly degrees: number
  /** Where its number is. */
  readonly label: Point
  readonly width: number
}

const MARGIN = 16
/** More lines are a grey disc: the largest ones are drawn, and all of the cluster that somebody points at. */
export const MOST_LINES = 160
/** At most so much room for the name of a dot, with the word of its state. */
const NAME = 160
/** About the width of one character of a name. */
const CHARACTER = 6.4
/** Names of dots that are closer to each other would touch. */
const LINE = 15
/** The field for which texts and marks are made. */
const USUAL_HEIGHT = 800

/** The places of the clusters in a field of this size. */
export function layoutMap(names: readonly string[], size: Size): MapLayout {
  const sorted = [...names].sort(byName)
  const scale = Math.max(1, Math.min(2.5, Math.min(size.width, size.height) / USUAL_HEIGHT))
  const width = Math.min(176 * scale, Math.max(120, size.width * 0.28))
  const card = { width, height: 74 * scale }
  const cards = around(sorted, size, card.width / 2 + MARGIN, card.height / 2 + MARGIN)
  const common = { card, scale }
  if (!overlaps([...cards.values()], card)) {
    return { ...common, kind: 'cards', nameRoom: 0, nodes: cards }
  }
  const longest = Math.max(...sorted.map(({ length }) => length)) + ' away'.length
  const room = Math.min(Math.min(NAME, longest * CHARACTER + 24) * scale, size.width * 0.22)
  const between = (Math.PI * (size.width + size.height - 4 * room)) / 2 / sorted.length
  const nameRoom = between < LINE * scale ? 0 : room
  const margin = nameRoom || 2 * MARGIN
  return { ...common, kind: 'dots', nameRoom, nodes: around(sorted, size, margin, margin) }
}

/** The largest flows, and those of the `chosen` cluster. */
export function flowsToDraw(flows: readonly Flow[], chosen: string): readonly Flow[] {
  if (flows.length <= MOST_LINES) return flows
  const largest = [...flows].sort((a, b) => b.services - a.services).slice(0, MOST_LINES)
  const own = flows.filter(({ source, consumer }) => source === chosen || consumer === chosen)
  return [...new Set([...largest, ...own])]
}

/** The lines of the flows between known clusters. The other direction of a pair is a curve of its own. */
export function linesOf(flows: readonly Flow[], layout: MapLayout): readonly Line[] {
  const { nodes } = layout
  const most = Math.max(1, ...flows.map(({ services }) => services))
  return flows.flatMap((flow) => {
    const [from, to] = [nodes.get(flow.source), nodes.get(flow.consumer)]
    if (from === undefined || to === undefined || from === to) return []
    return [lineOf(flow, from, to, most, layout)]
  })
}

function lineOf(flow: Flow, from: Point, to: Point, most: number, layout: MapLayout): Line {
  const isCards = layout.kind === 'cards'
  const bend = isCards ? 0.12 : 0.08
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  // To the left of the direction: the two directions of a pair bend away from each other.
  const control = {
    x: (from.x + to.x) / 2 + dy * bend,
    y: (from.y + to.y) / 2 - dx * bend,
  }
  const at = (t: number): Point => ({
    x: rounded((1 - t) ** 2 * from.x + 2 * t * (1 - t) * control.x + t ** 2 * to.x),
    y: rounded((1 - t) ** 2 * from.y + 2 * t * (1 - t) * control.y + t ** 2 * to.y),
  })
  const path = `M${point(from)} Q${point(control)} ${point(to)}`
  const degrees = rounded((Math.atan2(dy, dx) * 180) / Math.PI)
  const share = Math.log2(1 + flow.services) / Math.log2(1 + most)
  const width = rounded(layout.scale * (isCards ? 1 + 3 * share : 0.5 + 1.5 * share))
  return { flow, path, middle: at(0.6), degrees, label: at(0.4), width }
}

/** On an ellipse that fills the field, inside of its margins. */
function around(
  names: readonly string[],
  { width, height }: Size,
  marginX: number,
  marginY: number,
): ReadonlyMap<string, Node> {
  const isUpright = width < height || names.length % 2 === 1
  const start = isUpright ? -Math.PI / 2 : Math.PI
  const angles = names.map((_, i) => start + (2 * Math.PI * i) / names.length)
  const xs = spread(angles.map(Math.cos), marginX, width - marginX)
  const ys = spread(angles.map(Math.sin), marginY, height - marginY)
  const places = names.map((name, i): [string, Node] => {
    const [x, y] = [xs[i]!, ys[i]!]
    return [name, { x, y, angle: Math.atan2(y - height / 2, x - width / 2) }]
  })
  return new Map(places)
}

/** The values moved and stretched so that they fill `from` to `to`; equal ones are in the middle. */
function spread(values: readonly number[], from: number, to: number): readonly number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const scale = most - least < 1e-6 ? 0 : Math.max(0, to - from) / (most - least)
  const start = scale === 0 ? (from + to) / 2 : from
  return values.map((value) => rounded(start + (value - least) * scale))
}

/** True if two cards touch; there is room for a line between neighbours. */
function overlaps(nodes: readonly Point[], card: Size): boolean {
  return nodes.some((a, i) =>
    nodes
      .slice(i + 1)
      .some(
        (b) =>
          Math.abs(a.x - b.x) < card.width + MARGIN &&
          Math.abs(a.y - b.y) < card.height + 3 * MARGIN,
      ),
  )
}

function point({ x, y }: Point): string {
  return `${rounded(x)} ${rounded(y)}`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
