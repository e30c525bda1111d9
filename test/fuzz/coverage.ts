// Which blocks of the product's source have run, counted by V8 (precise block coverage). While it counts, code is several
// times slower: only a part of the runs explores.
import { Session } from 'node:inspector'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface ScriptCoverage {
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly Range[] }[]
}

const SOURCE = new URL('../../src/', import.meta.url).href

/** The blocks that have run since the start. */
export class Coverage {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  /** Starts counting. */
  start(): void {
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** The number of blocks that have run. */
  get blocks(): number {
    return this.#seen.size
  }

  /** The blocks that ran since the last call and never before. They count as seen only after `add`. */
  fresh(): readonly string[] {
    const { result } = this.#post('Profiler.takePreciseCoverage') as {
      readonly result: readonly ScriptCoverage[]
    }
    const found: string[] = []
    for (const { url, functions } of result) {
      if (!url.startsWith(SOURCE)) continue
      for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
        const block = `${url.slice(SOURCE.length)}:${startOffset}-${endOffset}`
        if (count > 0 && !this.#seen.has(block)) found.push(block)
      }
    }
    return found
  }

  add(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block)
  }

  /** Stops counting: code is fast again. */
  stop(): void {
    this.#post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }

  #post(method: string, params: object = {}): unknown {
    let answer: unknown
    // In its own thread a session answers before `post` returns.
    this.#session.post(method, params, (error, result) => {
      if (error) throw error
      answer = result
    })
    return answer
  }
}
