// A log in memory.
import type { Log, LogFields } from '../../src/log.ts'
import type { LogWriter } from '../../src/runtime/log-writer.ts'

/** A LogWriter that appends each formatted line to `lines`, and what each line is about to `fields`. */
export function memoryLog(lines: string[], fields: LogFields[] = []): LogWriter {
  const log = (prefix: string, always: LogFields): Log => {
    const at = (level: string) => (text: string, about?: LogFields) => {
      lines.push(`[${level}] ${prefix}${text}`)
      fields.push({ ...always, ...about })
    }
    return {
      debug: at('DEBUG'),
      info: at('INFO'),
      warning: at('WARNING'),
      error: at('ERROR'),
      fatal: at('FATAL'),
      plugin: (name) => log(`plugin/${name}: `, always),
      with: (more) => log(prefix, { ...always, ...more }),
    }
  }
  return {
    log: log('', {}),
    format: 'coredns',
    writeFormatted: (text) => void lines.push(...text.trimEnd().split('\n')),
    writeLines: (text) => void lines.push(...text.trimEnd().split('\n')),
    dropped: 0,
    failure: undefined,
    flush: async () => {},
    close: async () => {},
  }
}
