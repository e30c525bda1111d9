// A log in memory.
import type { Log } from '../../src/log.ts'
import type { LogWriter } from '../../src/runtime/log-writer.ts'

/** A LogWriter that appends each formatted line to `lines`. */
export function memoryLog(lines: string[]): LogWriter {
  const log = (prefix: string): Log => {
    const at = (level: string) => (text: string) => void lines.push(`[${level}] ${prefix}${text}`)
    return {
      debug: at('DEBUG'),
      info: at('INFO'),
      warning: at('WARNING'),
      error: at('ERROR'),
      fatal: at('FATAL'),
      plugin: (name) => log(`plugin/${name}: `),
    }
  }
  return {
    log: log(''),
    writeLines: (text) => void lines.push(...text.trimEnd().split('\n')),
    dropped: 0,
    flush: async () => {},
    close: async () => {},
  }
}
