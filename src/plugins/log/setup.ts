// log: writes one line for each query.
//
//   log [NAMES...] [FORMAT] {
//     class success|denial|error|all...
//   }
//
// FORMAT is the last of several arguments if it contains a `{`. The directive may be repeated.
import type { Dispenser } from '../../corefile/dispenser.ts'
import { normalizedName } from '../../corefile/domain-name.ts'
import { type Plugin, sentenceList } from '../plugin.ts'
import type { LogConfig, LogRule, ResponseClass } from './format.ts'

const CLASSES: readonly ResponseClass[] = ['success', 'denial', 'error', 'all']

/** CoreDNS' CommonLogFormat, the default. */
export const commonLogFormat =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" ' +
  '{rcode} {>rflags} {rsize} {duration}'

const COMBINED_LOG_FORMAT = `${commonLogFormat} "{>opcode}"`

export const log: Plugin<LogConfig> = {
  name: 'log',
  syntax: 'log [NAMES...] [FORMAT] { class success|denial|error|all... }',

  setup({ tokens, warn }) {
    const rules: LogRule[] = []
    while (tokens.next()) {
      const args = tokens.remainingArgs()
      const last = args.at(-1) ?? ''
      if (args.length === 1 && last.includes('{')) {
        warn(
          `"${last}" is used as a name; to use it as a format, put a name before it: log . FORMAT`,
        )
      }
      const hasFormat = args.length > 1 && last.includes('{')
      const format = hasFormat
        ? last
            .replaceAll('{common}', () => commonLogFormat)
            .replaceAll('{combined}', () => COMBINED_LOG_FORMAT)
        : commonLogFormat
      const names = hasFormat ? args.slice(0, -1) : args
      const classes = readClasses(tokens)
      for (const name of names.length === 0 ? ['.'] : names) {
        rules.push({ name: normalizedName(name), format, classes })
      }
    }
    return { plugin: 'log', rules }
  },

  checkBlock({ rules }, { parts, warn }) {
    if (parts.has('metadata')) return
    const labels = rules.flatMap(({ format }) => format.match(/\{\/[^{}]*\}/g) ?? [])
    if (labels.length > 0)
      warn(`${labels[0]} has no effect: it is "-" without the directive metadata`)
  },

  describe({ rules }) {
    const texts = rules.map(({ name, classes }) => {
      const which = classes.includes('all') ? 'queries' : `queries with ${sentenceList(classes)}`
      return name === '.' ? which : `${which} in ${name}`
    })
    return `logs ${sentenceList(texts)}`
  },

  // The root stands for all names of the block.
  zones: ({ rules }) => [...new Set(rules.map(({ name }) => name))].filter((name) => name !== '.'),
}

function readClasses(tokens: Dispenser): readonly ResponseClass[] {
  const classes = new Set<ResponseClass>()
  while (tokens.nextBlock()) {
    if (tokens.val() !== 'class') throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
    const args = tokens.remainingArgs()
    if (args.length === 0) throw tokens.argErr()
    for (const arg of args) {
      const responseClass = CLASSES.find((name) => name === arg)
      if (responseClass === undefined) throw tokens.plainErr(`invalid Class: ${arg}`)
      classes.add(responseClass)
    }
  }
  return classes.size === 0 ? ['all'] : [...classes]
}
