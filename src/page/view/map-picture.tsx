// The map: clusters, and who serves whom.
import { useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import type { Flow, MapDocument } from '../../fleet/page/document.ts'
import type { ClusterStatus } from '../../fleet/status/document.ts'
import { now } from '../live/store.ts'
import { lagOf } from '../model/lag.ts'
import { flowsToDraw, type Line, layoutMap, linesOf, MOST_LINES } from '../model/map-layout.ts'
import { clusterState, count, plural } from '../model/words.ts'
import { MapCard, MapDot } from './map-node.tsx'
import { useSize } from './use-size.ts'

interface MapPictureProps {
  readonly map: MapDocument
  /** The cluster whose details are open; '' for none. */
  readonly cluster: string
}

/** With more lines, only those of the cluster under the pointer or the focus have their number. */
const MOST_NUMBERS = 14

/** The picture; the table beside it has the same for those who cannot see it. */
export function MapPicture({ map, cluster }: MapPictureProps) {
  const { clusters, flows } = map
  // Drawn each second only while something waits.
  const time = map.lags.length === 0 ? 0 : now.value
  const field = useRef<HTMLDivElement>(null)
  const size = useSize(field).value
  const pointed = useSignal('')
  const names = clusters.map(({ name }) => name)
  const layout = useMemo(() => layoutMap(names, size), [names.join('\n'), size])
  const chosen = pointed.value || cluster
  const lines = useMemo(() => linesOf(flowsToDraw(flows, chosen), layout), [flows, layout, chosen])
  const isOf = ({ flow }: Line) => flow.source === chosen || flow.consumer === chosen
  // Lines of the chosen cluster are drawn last, above the others.
  const drawn = chosen === '' ? lines : [...lines].sort((a, b) => Number(isOf(a)) - Number(isOf(b)))
  const away = new Set(
    clusters.filter(({ state }) => clusterState(state).tone === 'bad').map(({ name }) => name),
  )
  // Above the others where they touch.
  const inFront = [...clusters].sort((a, b) => Number(away.has(a.name)) - Number(away.has(b.name)))
  const nodeProps = (one: ClusterStatus) => ({
    key: one.name,
    cluster: one,
    node: layout.nodes.get(one.name)!,
    lag: lagOf(one, map, time),
    isOpen: one.name === cluster,
    layout,
    onPoint: (isOn: boolean) => {
      pointed.value = isOn ? one.name : ''
    },
  })
  return (
    <figure
      aria-label={`Map: ${plural(clusters.length, 'cluster')}, ${plural(flows.length, 'connection')}`}
      class={`map ${layout.kind}${chosen === '' ? '' : ' chosen'}`}
    >
      <div ref={field}>
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: the figure is named; a title would be a tooltip everywhere */}
        <svg
          width={size.width}
          height={size.height}
          style={{ fontSize: `${14 * layout.scale}px` }}
          viewBox={`0 0 ${size.width} ${size.height}`}
        >
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; the table has the same */}
          <g aria-hidden="true">
            {drawn.map((line) => (
              <FlowLine
                key={`${line.flow.source} ${line.flow.consumer}`}
                line={line}
                isOfChosen={chosen !== '' && isOf(line)}
                isBroken={away.has(line.flow.source) || away.has(line.flow.consumer)}
                hasNumber={lines.length <= MOST_NUMBERS || (chosen !== '' && isOf(line))}
              />
            ))}
          </g>
          {size.width > 0 &&
            inFront.map((one) =>
              layout.kind === 'cards' ? (
                <MapCard {...nodeProps(one)} />
              ) : (
                <MapDot {...nodeProps(one)} />
              ),
            )}
        </svg>
      </div>
      <figcaption>{captionOf(flows)}</figcaption>
    </figure>
  )
}

function captionOf(flows: readonly Flow[]): string {
  if (flows.length === 0) {
    return 'No cluster serves another one yet. Create a ServiceExport in one, and its namespace in another.'
  }
  if (flows.length <= MOST_LINES) return ''
  return `The ${MOST_LINES} largest of ${plural(flows.length, 'connection')}. Choose a cluster to see all of its own.`
}

interface FlowLineProps {
  readonly line: Line
  readonly isOfChosen: boolean
  readonly isBroken: boolean
  readonly hasNumber: boolean
}

function FlowLine({ line, isOfChosen, isBroken, hasNumber }: FlowLineProps) {
  const { path, width, middle, degrees, label, flow } = line
  const names = ['flow', isOfChosen && 'of-chosen', isBroken && 'cut'].filter(Boolean)
  const head = 3.5 + width
  return (
    <g class={names.join(' ')}>
      <path class="line" d={path} stroke-width={width} />
      <path
        class="head"
        d={`M${-head} ${-head}L${head} 0L${-head} ${head}z`}
        transform={`translate(${middle.x} ${middle.y}) rotate(${degrees})`}
      />
      {hasNumber && (
        <text x={label.x} y={label.y} dy="0.35em">
          {count(flow.services)}
        </text>
      )}
    </g>
  )
}
