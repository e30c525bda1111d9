// What a view says when it has nothing to show.
import type { ComponentChildren } from 'preact'

interface EmptyProps {
  readonly title: string
  /** What to do next. */
  readonly children?: ComponentChildren
}

/** A title, and what to do next. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  )
}

/** While the first answer is on its way, or what went wrong with it. */
export function Loading({ error, what }: { readonly error: string; readonly what: string }) {
  if (error !== '') return <Empty title={`${what} cannot be read.`}>{error}</Empty>
  return <p class="loading">Reading {what.toLowerCase()} …</p>
}
