// The zones of one directive on the control thread, in shared memory, and the looks at their files.
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'
import { type ZoneHandle, ZoneWriter } from './store.ts'
import type { Timer } from './timer.ts'
import { ZoneFile, type ZoneSource } from './zone-file.ts'

interface Member {
  readonly source: ZoneSource
  readonly file: ZoneFile
  /** Milliseconds between two looks at the file; 0 = none. */
  readonly reloadMs: number
  cancel: () => void
}

export class ZoneSet {
  readonly #writer = new ZoneWriter()
  readonly #log: Log
  readonly #after: Timer
  readonly #changed: () => void
  /** By the name of the zone. */
  readonly #members = new Map<string, Member>()
  #isRunning = false

  /** `changed` is called when a zone got another content. */
  constructor(log: Log, after: Timer, changed: () => void) {
    this.#log = log
    this.#after = after
    this.#changed = changed
  }

  get handle(): ZoneHandle {
    return this.#writer.handle
  }

  /** The names of the zones. */
  get origins(): readonly string[] {
    return [...this.#members.keys()]
  }

  /**
   * Adds a zone, in the place of one with the same name, and reads its file. A file that cannot be opened leaves the content that
   * the zone has in `before`, if any. Rejects with the text of CoreDNS for a broken file.
   */
  async add(source: ZoneSource, reloadMs: number, before: readonly ZoneSet[] = []): Promise<void> {
    const file = new ZoneFile(source, this.#log)
    try {
      await file.open()
    } catch (error) {
      const cannotOpen = error instanceof Error && error.cause !== undefined
      if (!cannotOpen) throw error
      const former = before.flatMap((set) => set.#formerOf(source))[0]
      if (former !== undefined) file.takeOver(former)
    }
    this.remove(source.origin)
    const member = { source, file, reloadMs, cancel: () => {} }
    this.#members.set(source.origin, member)
    if (this.#isRunning) this.#schedule(member)
  }

  remove(origin: string): void {
    this.#members.get(origin)?.cancel()
    this.#members.delete(origin)
  }

  /** Gives a zone another file. */
  move(origin: string, path: string): void {
    const member = this.#members.get(origin)
    if (member !== undefined) member.file.path = path
  }

  /** Shows answering threads the zones as they are. */
  publish(): void {
    try {
      this.#writer.publish([...this.#members.values()].map(({ file }) => file.stored))
    } catch (error) {
      this.#log.error(`${errorText(error)}; the last content stays`)
    }
  }

  /** Begins to look at the files. */
  start(): void {
    this.#isRunning = true
    for (const member of this.#members.values()) this.#schedule(member)
  }

  stop(): void {
    this.#isRunning = false
    for (const { cancel } of this.#members.values()) cancel()
  }

  #schedule(member: Member): void {
    if (member.reloadMs === 0) return
    member.cancel = this.#after(member.reloadMs, () => {
      void member.file.refresh().then((isNew) => {
        if (!this.#isRunning || this.#members.get(member.source.origin) !== member) return
        if (isNew) {
          this.publish()
          this.#changed()
        }
        this.#schedule(member)
      })
    })
  }

  #formerOf({ origin, path }: ZoneSource): readonly ZoneFile[] {
    const member = this.#members.get(origin)
    return member !== undefined && member.source.path === path && member.file.hasContent
      ? [member.file]
      : []
  }
}
