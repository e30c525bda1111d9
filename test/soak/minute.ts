// The measurements of one minute of a soak, and how several become one.
import { median } from '../support/stats.ts'
import { Histogram } from './histogram.ts'
import type { LoadCounts } from './load.ts'
import type { Sample } from './sampler.ts'

export interface Minute extends Omit<LoadCounts, 'samples'> {
  /** Minutes from the start of the run to the end of this one. */
  readonly at: number
  readonly seconds: number
  /** At least one; the last is of the end of the minute. */
  readonly samples: readonly Sample[]
  /** The first wrong and lost replies, as text. */
  readonly wrongSamples: readonly string[]
  readonly changes: number
  /** Milliseconds from the confirmation of a change until it was answered. */
  readonly lags: readonly number[]
  readonly unseen: number
}

/** A figure of the samples of a minute: their median, because one sample may hit a collection of garbage. */
export function typical({ samples }: Minute, of: (sample: Sample) => number): number {
  return median(samples.map(of))
}

/** One latency histogram of several minutes. */
export function merged(minutes: readonly Minute[], of: (minute: Minute) => Histogram): Histogram {
  const all = new Histogram()
  for (const minute of minutes) all.merge(of(minute))
  return all
}

/** The sum of a figure of several minutes. */
export function sumOf(minutes: readonly Minute[], of: (minute: Minute) => number): number {
  return minutes.reduce((sum, minute) => sum + of(minute), 0)
}
