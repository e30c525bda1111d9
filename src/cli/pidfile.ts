// `-pidfile`: there while the process runs.
import { rmSync, writeFileSync } from 'node:fs'
import type { Log } from '../log.ts'

/** Writes the file, unless the name is empty; it goes when the process exits. A failure is only logged. */
export function writePidfile(file: string, log: Log): void {
  if (file === '') return
  try {
    writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    log.error(`Could not write pidfile: ${error instanceof Error ? error.message : String(error)}`)
    return
  }
  process.once('exit', () => rmSync(file, { force: true }))
}
