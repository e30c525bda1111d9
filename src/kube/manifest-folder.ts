// A folder of manifest files that is polled. What cannot be read is logged once, and once when it is readable again.
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'
import { type ScanResult, type SeenFile, scan } from './manifest-files.ts'

/** Finds the changed files of a folder. */
export class ManifestFolder {
  readonly #directory: string
  readonly #name: string
  readonly #log: Log
  readonly #seen = new Map<string, SeenFile>()
  /** Files whose last read failed. */
  readonly #unreadable = new Set<string>()
  #error = ''

  /** `name` is the folder's name in log lines. */
  constructor(directory: string, name: string, log: Log) {
    this.#directory = directory
    this.#name = name
    this.#log = log
  }

  /**
   * Resolves to the changes since the last scan; undefined when the folder cannot be read. The caller logs the errors of
   * files. `wallNow` is in milliseconds since 1970.
   */
  async scan(wallNow: number): Promise<readonly ScanResult[] | undefined> {
    try {
      const results = await scan(this.#directory, this.#seen, wallNow)
      if (this.#error !== '') this.#log.info(`${this.#name}: readable again`)
      this.#error = ''
      for (const result of results) this.#observe(result)
      return results
    } catch (error) {
      this.#failed(errorText(error))
      return undefined
    }
  }

  #observe(result: ScanResult): void {
    const { file } = result
    if ('error' in result) this.#unreadable.add(file)
    else if (this.#unreadable.delete(file) && 'text' in result)
      this.#log.info(`${file}: readable again`)
  }

  #failed(message: string): void {
    if (message === this.#error) return
    this.#error = message
    const consequence = 'the objects read before stay in use'
    this.#log.error(`${this.#name}: the folder cannot be read: ${message}; ${consequence}`)
  }
}
