// A table of any length: only the rows near those in sight are in the document.
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { ServiceRow } from '../../fleet/page/document.ts'
import { moved, slotsOf, windowOf } from '../model/window.ts'
import { Row } from './service-row.tsx'
import { useSize } from './use-size.ts'

interface ServiceTableProps {
  readonly rows: readonly ServiceRow[]
  readonly clusters: readonly string[]
  /** Names this list: "back" finds it where it was. */
  readonly address: string
}

/** Where lists were when they were left, by their address. */
const left = new Map<string, number>()

/** Arrow keys, Page Up and Down, Home and End move between the rows; Enter opens one. */
export function ServiceTable({ rows, clusters, address }: ServiceTableProps) {
  const box = useRef<HTMLElement>(null)
  const size = useSize(box).value
  const top = useSignal(left.get(address) ?? 0)
  const focused = useSignal(0)
  const head = useRef<HTMLTableSectionElement>(null)
  const rowHeight = box.current === null ? 36 : rowHeightOf(box.current)
  const total = rows.length
  const seen = windowOf(total, rowHeight, size.height, top.value)
  const slots = slotsOf(rowHeight, size.height)
  const current = Math.min(focused.value, total - 1)

  useLayoutEffect(() => {
    focused.value = 0
    top.value = left.get(address) ?? 0
    if (box.current !== null) box.current.scrollTop = top.peek()
  }, [address])

  const onScroll = () => {
    const scrollTop = box.current?.scrollTop ?? 0
    left.set(address, scrollTop)
    const next = windowOf(total, rowHeight, size.height, scrollTop)
    if (next.from !== seen.from || next.to > seen.to) top.value = scrollTop
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const element = box.current
    if (element === null || event.altKey || event.ctrlKey || event.metaKey) return
    const inSight = size.height - (head.current?.offsetHeight ?? 0)
    const to = moved(event.key, current, total, Math.max(1, Math.floor(inSight / rowHeight) - 1))
    if (to === undefined) return
    event.preventDefault()
    focused.value = to
    const [above, below] = [to * rowHeight, (to + 1) * rowHeight - inSight]
    if (element.scrollTop > above) element.scrollTop = above
    else if (element.scrollTop < below) element.scrollTop = below
    top.value = element.scrollTop
    requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${to}"] a`)?.focus())
  }
  return (
    <section class="rows" ref={box} onScroll={onScroll} onKeyDown={onKeyDown} aria-label="Services">
      <table aria-rowcount={total + 1}>
        <thead ref={head}>
          <tr aria-rowindex={1}>
            {['State', 'Service', 'From', 'Into', 'Address', 'What is wrong'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={seen.from * rowHeight} />
          {rows.slice(seen.from, seen.to).map((row, i) => (
            <Row
              key={(seen.from + i) % slots}
              row={row}
              clusters={clusters}
              index={seen.from + i}
              isCurrent={seen.from + i === current || (i === 0 && current < seen.from)}
            />
          ))}
          <Gap height={(total - seen.to) * rowHeight} />
        </tbody>
      </table>
    </section>
  )
}

/** Stands for the rows that are not drawn. */
function Gap({ height }: { readonly height: number }) {
  return (
    <tr class="gap">
      <td style={{ height: `${height}px` }} />
    </tr>
  )
}

/** All rows are equally high; the style sheet says how high on this screen. */
function rowHeightOf(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).getPropertyValue('--row'))
}
