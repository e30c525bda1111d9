// The weight file of a directive, on the control thread. A file that cannot be read keeps its last weights.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isMissing, systemReason } from '../../corefile/files.ts'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { faultText, parseWeights } from './weights.ts'
import { createWeightsMemory, MAX_WEIGHT_BYTES, publishWeights } from './weights-memory.ts'

/** The opening of a named pipe must not wait for its writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

export class WeightFile {
  readonly memory = createWeightsMemory()
  readonly #path: string
  readonly #log: Log
  /** What was read last, with or without faults. */
  #text: Buffer | undefined
  #hasWeights = false
  /** The last error of reading; '' while the file can be read. */
  #error = ''

  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
  }

  /** Reads the file if its text changed. Never rejects. */
  async refresh(): Promise<void> {
    let file: FileHandle | undefined
    try {
      file = await open(this.#path, OPEN_FLAGS)
      const stats = await file.stat()
      if (!stats.isFile()) throw new Error('is not a regular file')
      if (stats.size > MAX_WEIGHT_BYTES) throw new Error(`has more than ${MAX_WEIGHT_BYTES} bytes`)
      this.#take(await file.readFile())
      this.#error = ''
    } catch (error) {
      this.#unreadable(error)
    } finally {
      await file?.close()
    }
  }

  #take(text: Buffer): void {
    if (this.#text?.equals(text)) return
    if (text.length > MAX_WEIGHT_BYTES) throw new Error(`has more than ${MAX_WEIGHT_BYTES} bytes`)
    this.#text = text
    const weights = parseWeights(text.toString('utf8'))
    if ('fault' in weights) {
      this.#log.error(`${faultText(weights.fault, this.#path)}${this.#kept}`)
      return
    }
    publishWeights(this.memory, text)
    this.#hasWeights = true
    this.#log.info(`Successfully reloaded weight file ${this.#path}`)
  }

  #unreadable(error: unknown): void {
    const isSystem = error instanceof Error && 'errno' in error
    const text = isSystem
      ? `open ${this.#path}: ${systemReason(error)}`
      : `${this.#path}: ${errorText(error)}`
    if (text === this.#error) return
    this.#error = text
    // The setup has said that the file does not exist.
    if (isMissing(error) && !this.#hasWeights) return
    this.#log.error(`${text}${this.#kept}`)
  }

  get #kept(): string {
    return this.#hasWeights ? '; the last weights stay' : ''
  }
}
