// The size of the page of an owner, and where its answers are in it.
import type { CompiledName } from './compiled.ts'
import { entryWords, PAGE_HEADER_WORDS } from './layout.ts'

/** The parts of a page, in 32-bit words. */
export interface PageShape {
  /** Words of the whole page; 0 without names. */
  readonly words: number
  /** The first word behind the entries. */
  readonly dataStart: number
  /** For each answer the words between `dataStart` and its bytes. The same answer bytes are stored once. */
  readonly placed: ReadonlyMap<Uint8Array, number>
}

/** Computes the page of an owner with these names. */
export function pageShape(names: readonly CompiledName[]): PageShape {
  let dataStart = PAGE_HEADER_WORDS
  let dataWords = 0
  const placed = new Map<Uint8Array, number>()
  for (const { name, answers } of names) {
    dataStart += entryWords(name.length, answers.length)
    for (const { bytes } of answers) {
      if (placed.has(bytes)) continue
      placed.set(bytes, dataWords)
      dataWords += (bytes.length + 3) >>> 2
    }
  }
  return { words: names.length === 0 ? 0 : dataStart + dataWords, dataStart, placed }
}
