// The hosts file of one directive, on the control thread: reads it again when its size or its time changed. The names of the
// next content are there all at once, beside the former ones. A file that cannot be read keeps its last content.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { isMissing, systemReason } from '../../corefile/files.ts'
import { nameToWire } from '../../dns/name.ts'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { HostsLine } from './hosts-line.ts'
import { type HostsFaults, HostsLines } from './hosts-lines.ts'
import type { HostsConfig } from './options.ts'
import { HostsTable } from './store/hosts-table.ts'
import type { MapBuilder } from './store/map-builder.ts'
import { inZones } from './zone-filter.ts'

/** How long one slice of work lasts, in milliseconds: the thread serves everything else in between. */
const SLICE_MS = 10
/** Milliseconds between two looks whether a thread still reads the former content; a read takes microseconds. */
const READER_PAUSE_MS = 1
/** The opening of a named pipe must not wait for its writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/** What the table has of a file. */
export interface HostsContent {
  /** Addresses of names, and names of addresses, in the file and inline (coredns plugin/hosts Map.Len). */
  readonly entries: number
  /** The time of the file, in seconds since 1970. */
  readonly fileTime: number
  /** performance.now() when it was read. */
  readonly readAt: number
}

/** The options on which the content depends. */
export type HostsSource = Pick<HostsConfig, 'path' | 'zones' | 'inline' | 'reverse'>

export class HostsFile {
  readonly table: HostsTable
  readonly #source: HostsSource
  readonly #log: Log
  readonly #zones: readonly Uint8Array[]
  #inlineEntries = 0
  #content: HostsContent | undefined
  /** Size and time of the file when it was read. */
  #version = ''
  /** The last error; '' while the file can be read. */
  #error = ''
  #reading: Promise<void> | undefined
  #stopped = false

  /** `bytes` is the size of the table's address space. */
  constructor(source: HostsSource, log: Log, bytes?: number) {
    this.#source = source
    this.#log = log
    this.#zones = source.zones.flatMap((zone) => nameToWire(zone) ?? [])
    this.table = new HostsTable(bytes)
  }

  /** What was read; undefined before the file was there. */
  get content(): HostsContent | undefined {
    return this.#content
  }

  /** Reads the inline lines and the file for the first time. Throws CodedError when the inline lines do not fit. */
  async open(): Promise<void> {
    const { inline } = this.#source
    if (inline.length > 0) {
      const builder = this.table.inlineBuilder()
      const lines = new HostsLines((line) => this.#add(builder, line))
      for (const line of inline) lines.push(new TextEncoder().encode(`${line}\n`))
      lines.end()
      this.table.publishInline(builder, await this.#finish(builder))
      this.#inlineEntries = this.#entriesOf(builder)
    }
    await this.refresh()
  }

  /** Reads the file if it changed. Never rejects; a call during another one waits for that one. */
  refresh(): Promise<void> {
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Ends a reading of the file after its slice. */
  stop(): void {
    this.#stopped = true
  }

  async #refresh(): Promise<void> {
    let file: FileHandle | undefined
    try {
      file = await open(this.#source.path, OPEN_FLAGS)
      const stats = await file.stat({ bigint: true })
      if (stats.isDirectory()) throw new Error('is a directory')
      if (!stats.isFile() && !stats.isCharacterDevice()) throw new Error('is not a regular file')
      const version = `${stats.size} ${stats.mtimeNs}`
      if (version !== this.#version) {
        await this.#read(file, Number(stats.mtimeNs) / 1e9)
        this.#version = version
      }
      this.#readable()
    } catch (error) {
      this.#unreadable(error)
    } finally {
      await file?.close()
    }
  }

  async #read(file: FileHandle, fileTime: number): Promise<void> {
    while (!this.table.isFree) await delay(READER_PAUSE_MS)
    const builder = this.table.fileBuilder()
    let names = 0
    const lines = new HostsLines((line) => {
      names++
      this.#add(builder, line)
    })
    for (;;) {
      const { room } = lines
      const { bytesRead } = await file.read(room, 0, room.length, null)
      if (this.#stopped) return
      if (bytesRead === 0) break
      lines.filled(bytesRead)
    }
    lines.end()
    const { faults } = lines
    // For example the page of an error in place of a block list.
    if (names === 0 && faults.count > 0 && this.#content !== undefined) {
      this.#log.warning(`${this.#faultText(faults)}; no line has a name: the last content stays`)
      return
    }
    const map = await this.#finish(builder)
    if (this.#stopped) return
    this.table.publishFile(map)
    const entries = this.#inlineEntries + this.#entriesOf(builder)
    this.#content = { entries, fileTime, readAt: performance.now() }
    this.#log.debug(`Parsed hosts file into ${entries} entries`)
    if (faults.count > 0) this.#log.warning(this.#faultText(faults))
  }

  /** Adds a name that is in the zones. */
  #add(builder: MapBuilder, { name, length, address }: HostsLine): void {
    if (inZones(name, length, this.#zones)) builder.add(name, length, address)
  }

  async #finish(builder: MapBuilder): Promise<number> {
    const steps = builder.finish(this.#source.reverse)
    let end = performance.now() + SLICE_MS
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
      if (performance.now() < end) continue
      await nextTurn()
      end = performance.now() + SLICE_MS
    }
  }

  #entriesOf({ names, wildcards }: MapBuilder): number {
    return this.#source.reverse ? 2 * names - wildcards : names
  }

  #faultText({ count, first }: HostsFaults): string {
    const { line = 0, column = 0, message = '' } = first ?? {}
    const others = count === 1 ? '' : `; ${count} lines have faults`
    return `${this.#source.path}:${line}:${column}: ${message}${others}`
  }

  #readable(): void {
    if (this.#error !== '') this.#log.info(`${this.#source.path} can be read again`)
    this.#error = ''
  }

  #unreadable(error: unknown): void {
    // The setup has said that the file does not exist.
    const isExpected = isMissing(error) && this.#content === undefined
    const { path } = this.#source
    const text = isSystemError(error)
      ? `open ${path}: ${systemReason(error)}`
      : `${path}: ${errorText(error)}`
    if (text === this.#error) return
    this.#error = text
    if (isExpected) return
    const kept = this.#content === undefined ? '' : '; the last content stays'
    this.#log.warning(`${text}${kept}`)
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error
}
