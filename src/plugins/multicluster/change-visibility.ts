// The time from receiving a change to its visibility in answers, as metrics.
import { gauge, Histogram, type MetricFamily } from '../../metrics.ts'

/** Changes become visible in slices (publish.ts); of each slice the oldest change is measured. */
export class ChangeVisibility {
  readonly #onChange: () => void
  // When very many Services change at once, the last slices wait for seconds.
  readonly #histogram = new Histogram(
    'clusterset_dns_change_visible_seconds',
    'Seconds from receiving a change to its visibility in answers, for the oldest change of each slice.',
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1, 10, 60],
  )
  #lastSeconds = 0

  /** `onChange` is called after each slice. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Takes the age of the oldest change of a slice, in milliseconds. */
  observe(ageMs: number): void {
    this.#lastSeconds = ageMs / 1000
    this.#histogram.observe(this.#lastSeconds)
    this.#onChange()
  }

  /** A histogram, and the age of the last slice. */
  families(): MetricFamily[] {
    return [
      this.#histogram.family(),
      gauge(
        'clusterset_dns_newest_change_age_seconds',
        'Age in seconds of the oldest change of the last slice when it became visible.',
        this.#lastSeconds,
      ),
    ]
  }
}
