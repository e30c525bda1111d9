// The size of an element on the screen.
import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import type { Size } from '../model/map-layout.ts'

/** Its size in CSS pixels, also when it changes; zero before it is drawn. */
export function useSize(element: RefObject<HTMLElement | null>): Signal<Size> {
  const size = useSignal<Size>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = current
      const { width: oldWidth, height: oldHeight } = size.peek()
      if (width !== oldWidth || height !== oldHeight) size.value = { width, height }
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return size
}
