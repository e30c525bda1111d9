// Reports invalid objects: each reason of an object is logged and counted once, until the object is repaired or
// removed. Both memory (an LRU of reported objects) and log lines per minute are bounded, so 100,000 invalid objects
// fill neither.
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kube/clock.ts'
import { type Log, type LogFields, WarningLimit } from '../log.ts'
import type { ValidationProblem } from './validation.ts'

const MAX_REPORTED = 10_000
const LINES_PER_MINUTE = 60

/** The invalid objects of one source. */
export class InvalidObjects {
  /** Reported problems by reason, for a metric. */
  readonly counts = new Map<string, number>()
  readonly #reported = new LRUCache<string, string>({ max: MAX_REPORTED })
  readonly #warnings: WarningLimit

  constructor(log: Log, clock: Clock) {
    this.#warnings = new WarningLimit({
      log,
      now: () => clock.now(),
      perMinute: LINES_PER_MINUTE,
      rest: 'more invalid objects: they are counted but not logged for the rest of this minute',
    })
  }

  /** Reports the problems of the object `id` ("kind namespace/name"); `where` is appended to each line. */
  report(id: string, problems: readonly ValidationProblem[], where = ''): void {
    if (problems.length === 0) {
      this.forget(id)
      return
    }
    const before = this.#reported.get(id)?.split(' ') ?? []
    for (const { reason, text } of problems) {
      if (before.includes(reason)) continue
      this.count(reason)
      const message = where === '' ? text : `${text} (${where})`
      this.#warnings.write(message, { ...fieldsOf(id), reason })
    }
    this.#reported.set(id, problems.map(({ reason }) => reason).join(' '))
  }

  /** The object is valid or removed: its next problems are reported again. */
  forget(id: string): void {
    if (this.#reported.size > 0) this.#reported.delete(id)
  }

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1)
  }
}

/** The fields of the object "kind namespace/name"; a cluster-scoped object has no namespace. */
function fieldsOf(id: string): LogFields {
  const [kind = '', key = ''] = id.split(' ')
  const [first = '', name] = key.split('/')
  return name === undefined ? { kind, name: first } : { kind, namespace: first, name }
}
