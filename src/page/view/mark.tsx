// The mark of a state: each tone has a shape of its own, so that no meaning is in the colour alone.
import type { Tone } from '../model/words.ts'

const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z',
  warn: 'M8 1.2 15.4 14.4H.6z',
  bad: 'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z',
  unknown: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6z',
  idle: 'M3 2h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zm.6 1.6v8.8h8.8V3.6z',
}

const SIGNS: Readonly<Record<Tone, string>> = {
  good: 'M4.7 8.2 7 10.5l4.4-4.8',
  warn: 'M8 6v4M8 11.8v.6',
  bad: 'M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2',
  unknown: 'M6.2 6.4c.2-2.4 3.8-2.2 3.6 0C9.700 7.600 8 7.600 8 9M8 11v.5',
  idle: 'M5.400 8h5.200',
}

/** The mark alone; a word beside it says the same. */
export function Mark({ tone }: { readonly tone: Tone }) {
  return (
    <svg class={`mark ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      <MarkShape tone={tone} />
    </svg>
  )
}

/** The same inside of another SVG. */
export function MarkShape({ tone }: { readonly tone: Tone }) {
  return (
    <g class={`mark-shape ${tone}`}>
      <path class="shape" d={SHAPES[tone]} />
      <path class="sign" d={SIGNS[tone]} />
    </g>
  )
}

/** The mark with its word. */
export function State({ tone, word }: { readonly tone: Tone; readonly word: string }) {
  return (
    <span class={`state ${tone}`}>
      <Mark tone={tone} />
      {word}
    </span>
  )
}
