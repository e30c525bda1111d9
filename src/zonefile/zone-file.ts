// One zone and its file, on the control thread: reads the file again when it may have changed, and takes another content when
// the serial of its SOA record is another one. A file that is missing or broken leaves the last good content in force.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { quote } from '../corefile/go-text.ts'
import { nameToWire } from '../dns/name.ts'
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'
import { fileVersion, readZoneFile } from './read-file.ts'
import type { StoredZone } from './store.ts'
import { readContent, type ZoneContent } from './zone-content.ts'

/** How long one slice of work lasts, in milliseconds: the thread serves everything else in between. */
const SLICE_MS = 10

export interface ZoneSource {
  /** Lower-case FQDN. */
  readonly origin: string
  readonly path: string
  /** True: a content counts when the time of the file is another one, whatever its serial. */
  readonly byTime: boolean
}

/** Numbers for contents: each has its own (`StoredZone.version`). */
let versions = 0

export class ZoneFile {
  readonly origin: string
  readonly #wire: Uint8Array
  readonly #byTime: boolean
  readonly #log: Log
  #path: string
  #content: ZoneContent | undefined
  #version = 0
  /** `fileVersion` of the last reading without an error. */
  #read = ''
  /** The last error; '' while the file can be read. */
  #error = ''
  #reading: Promise<boolean> | undefined

  constructor({ origin, path, byTime }: ZoneSource, log: Log) {
    this.origin = origin
    this.#wire = nameToWire(origin) ?? new Uint8Array(1)
    this.#path = path
    this.#byTime = byTime
    this.#log = log
  }

  /** What answering threads need. */
  get stored(): StoredZone {
    const records = this.#content?.records ?? new Uint8Array(0)
    return { origin: this.#wire, version: this.#version, records }
  }

  get hasContent(): boolean {
    return this.#content !== undefined
  }

  /** Another file for the same zone: it is read at the next `refresh`. */
  set path(path: string) {
    this.#path = path
  }

  /** Has the content of `other`, the same zone in the configuration before, until the own file can be read. */
  takeOver(other: ZoneFile): void {
    this.#content = other.#content
    this.#version = other.#version
  }

  /** Reads the file for the first time. Rejects with the text of CoreDNS when it is missing or broken. */
  async open(): Promise<void> {
    const { text } = fileVersion(this.#path)
    this.#take(await this.#parse(undefined))
    this.#read = text
  }

  /** Reads the file if it changed; resolves to true if the zone did. Never rejects; a call during another one waits for that. */
  refresh(): Promise<boolean> {
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #refresh(): Promise<boolean> {
    let text: string
    try {
      text = fileVersion(this.#path).text
    } catch (error) {
      const what = this.#byTime ? 'Failed to stat' : 'Failed to open'
      this.#failed(
        `${what} zone ${quote(this.origin)} in ${quote(this.#path)}: ${errorText(error)}`,
      )
      return false
    }
    if (text === this.#read) return false
    try {
      const known = this.#byTime ? undefined : this.#content?.serial
      const content = await this.#parse(known)
      this.#read = text
      this.#error = ''
      if (content === undefined) return false
      this.#take(content)
    } catch (error) {
      this.#failed(`Parsing zone ${quote(this.origin)}: ${errorText(error)}`)
      return false
    }
    const where = `zone ${quote(this.origin)} in ${quote(this.#path)}`
    this.#log.info(`Successfully reloaded ${where} with ${this.#content?.serial} SOA serial`)
    return true
  }

  async #parse(serial: number | undefined): Promise<ZoneContent | undefined> {
    const file = this.#path
    const source = { file, text: readZoneFile(file), origin: this.origin, read: readZoneFile }
    const steps = readContent(serial === undefined ? source : { ...source, serial })
    let end = performance.now() + SLICE_MS
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
      if (performance.now() < end) continue
      await nextTurn()
      end = performance.now() + SLICE_MS
    }
  }

  #take(content: ZoneContent | undefined): void {
    this.#content = content
    this.#version = ++versions
  }

  /** CoreDNS repeats the line at each look at the file. */
  #failed(message: string): void {
    if (message !== this.#error) this.#log.error(message)
    this.#error = message
  }
}
