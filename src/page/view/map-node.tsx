// A cluster on the map: a card while there is room, else a dot with its name outside of the circle.
import type { ComponentChildren } from 'preact'
import type { ClusterStatus } from '../../fleet/status/document.ts'
import { addressOf } from '../model/address.ts'
import type { MapLayout, Node } from '../model/map-layout.ts'
import { clusterState, count, duration } from '../model/words.ts'
import { MarkShape } from './mark.tsx'

/** Cards below this width, in CSS pixels, have less text. */
const NARROW = 150

interface MapNodeProps {
  readonly cluster: ClusterStatus
  readonly node: Node
  readonly layout: MapLayout
  /** Seconds. */
  readonly lag: number | undefined
  readonly isOpen: boolean
  /** The pointer or the focus comes (true) or goes. */
  readonly onPoint: (isOn: boolean) => void
}

/** Name, state, lag and numbers. */
export function MapCard(props: MapNodeProps) {
  const { cluster, node, lag, layout } = props
  const { tone, word } = clusterState(cluster.state)
  const [width, height] = [layout.card.width / layout.scale, layout.card.height / layout.scale]
  const [left, top] = [-width / 2, -height / 2]
  const numbers = `${count(cluster.exports)} out · ${count(cluster.imports)} in`
  const behind = cluster.phase === 'suspect' || cluster.phase === 'expired' ? cluster.phase : ''
  const extra = lag === undefined ? behind : `lag ${duration(lag)}`
  const isNarrow = width < NARROW
  const second = isNarrow || extra === '' ? word : `${word} · ${extra}`
  const third = isNarrow && extra !== '' ? extra : numbers
  return (
    <NodeLink {...props}>
      <g transform={`translate(${node.x} ${node.y}) scale(${layout.scale})`}>
        <rect class="card" x={left} y={top} width={width} height={height} rx="8" />
        <g transform={`translate(${left + 12} ${top + 10})`}>
          <MarkShape tone={tone} />
        </g>
        <text class="name" x={left + 34} y={top + 23}>
          {shortened(cluster.name, (width - 44) / 7.4)}
        </text>{' '}
        <text class={`word ${tone}`} x={left + 12} y={top + 44}>
          {second}
        </text>{' '}
        <text class="numbers" x={left + 12} y={top + 62}>
          {third}
        </text>
      </g>
    </NodeLink>
  )
}

/** Pixels for a name inside of the circle. */
const INSIDE = 140

/** The mark, and the name where there is room; one that is not ready has it always, if need be inside of the circle. */
export function MapDot(props: MapNodeProps) {
  const { cluster, node, layout, isOpen } = props
  const { tone, word } = clusterState(cluster.state)
  const isInside = layout.nameRoom === 0
  const isLeft = Math.abs(node.angle) > Math.PI / 2
  const isBefore = isLeft !== isInside
  const degrees = (node.angle * 180) / Math.PI + (isLeft ? 180 : 0)
  const size = layout.scale * (tone === 'good' ? 0.8 : 1.3)
  const room = (layout.nameRoom || INSIDE) / layout.scale - 16
  const text = tone === 'good' ? '' : ` ${word}`
  const hasName = !isInside || tone !== 'good' || isOpen
  return (
    <NodeLink {...props} label={`${cluster.name} ${word}`}>
      <g transform={`translate(${node.x} ${node.y})`}>
        <circle class="target" r={(isInside ? 7 : 12) * layout.scale} />
        <g transform={`scale(${size}) translate(-8 -8)`}>
          <MarkShape tone={tone} />
        </g>
        {hasName && (
          <text
            class={`name ${tone}`}
            transform={`rotate(${degrees})`}
            x={(isBefore ? -14 : 14) * layout.scale}
            dy="0.35em"
            text-anchor={isBefore ? 'end' : 'start'}
          >
            {shortened(cluster.name, room / 6.2 - text.length) + text}
          </text>
        )}
      </g>
    </NodeLink>
  )
}

interface NodeLinkProps extends MapNodeProps {
  /** What a screen reader says when the texts are not drawn. */
  readonly label?: string
  readonly children: ComponentChildren
}

function NodeLink({ cluster, isOpen, onPoint, label, children }: NodeLinkProps) {
  const { name, state } = cluster
  return (
    <a
      class={`node ${clusterState(state).tone}${isOpen ? ' open' : ''}`}
      href={addressOf({ view: 'map', cluster: isOpen ? '' : name })}
      aria-label={label}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onFocus={() => onPoint(true)}
      onBlur={() => onPoint(false)}
    >
      {children}
    </a>
  )
}

/** The name, cut to about so many characters. */
function shortened(name: string, length: number): string {
  const most = Math.max(4, Math.floor(length))
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`
}
