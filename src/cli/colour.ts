// Colours of what commands print: only on a terminal, and never with NO_COLOR (https://no-color.org).
import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { printable } from '../printable.ts'

/** What a text says, and so its colour. */
export type Tone = 'good' | 'warning' | 'bad' | 'faint'

/** Colours a text for one stream, and escapes the control characters in it. */
export type Paint = (tone: Tone, text: string) => string

const STYLES = { good: 'green', warning: 'yellow', bad: 'red', faint: 'dim' } as const

/** The paint for a stream. Without a terminal, or with a NO_COLOR that is not empty, texts keep the default colour. */
export function paintFor(
  stream: Writable & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Paint {
  const hasColour = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  return (tone, text) => {
    const safe = printable(text)
    return hasColour ? styleText(STYLES[tone], safe, { validateStream: false }) : safe
  }
}
