// `-pidfile`: a file with the process id that exists while the process runs.
import { rmSync, writeFileSync } from 'node:fs'
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'

/** Writes the file unless the name is empty, and removes it at exit. A failure is logged, not thrown. */
export function writePidfile(file: string, log: Log): void {
  if (file === '') return
  try {
    writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    log.error(`Could not write pidfile: ${errorText(error)}`)
    return
  }
  process.once('exit', () => rmSync(file, { force: true }))
}
