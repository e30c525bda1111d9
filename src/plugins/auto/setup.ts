// auto: answers from the zone files of a directory.
//
//   auto [ZONES...] {
//     directory DIR [REGEXP TEMPLATE]   default: db\.(.*) {1}
//     reload DURATION                          default: 1m; 0s: never
//     upstream                                 ignored, as in CoreDNS
//   }
import { formatDuration } from '../../corefile/duration.ts'
import { findRegExp } from '../../corefile/regexp.ts'
import { errorText } from '../../errors.ts'
import { durationOr, filePath, zonesFromArguments } from '../arguments.ts'
import { type Controller, type Plugin, sentenceList } from '../plugin.ts'
import { autoComponent } from './component.ts'
import type { AutoConfig } from './options.ts'
import { expandable } from './zone-name.ts'

const DEFAULT_PATTERN = 'db\\.(.*)'
const DEFAULT_RELOAD_MS = 60_000
/** In characters. */
const MAX_PATTERN = 10_000
const OPTIONS = ['directory DIR [REGEXP TEMPLATE]', 'reload DURATION', 'upstream']

type Draft = { -readonly [K in keyof AutoConfig]: AutoConfig[K] }

export const auto: Plugin<AutoConfig> = {
  name: 'auto',
  syntax: `auto [ZONES...] { ${OPTIONS.join('; ')} }`,

  setup(controller) {
    const { tokens, warn } = controller
    const draft: Draft = {
      plugin: 'auto',
      origins: [],
      directory: '',
      pattern: DEFAULT_PATTERN,
      template: expandable('{1}'),
      reloadMs: DEFAULT_RELOAD_MS,
    }
    // Of several lines the last one counts, with the options of all, as in CoreDNS.
    while (tokens.next()) {
      draft.origins = zonesFromArguments(tokens.remainingArgs(), controller)
      while (tokens.nextBlock()) readOption(draft, controller)
    }
    if (draft.directory === '') warn('there are no zones: the option directory is missing')
    return draft
  },

  describe: ({ origins, directory, pattern, reloadMs }) => {
    const reload =
      reloadMs === 0 ? 'read once' : `which are looked at every ${formatDuration(reloadMs)}`
    return `answers for names in ${sentenceList(origins)} from the zone files in ${directory} whose names match ${pattern}, ${reload}`
  },

  zones: ({ origins }) => origins,

  component: autoComponent,
}

function readOption(draft: Draft, controller: Controller): void {
  const { tokens } = controller
  switch (tokens.val()) {
    case 'directory':
      readDirectory(draft, controller)
      return
    case 'reload':
      draft.reloadMs = readReload(controller)
      return
    case 'upstream':
      tokens.remainingArgs()
      return
    default:
      throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
  }
}

function readDirectory(draft: Draft, controller: Controller): void {
  const { tokens } = controller
  if (!tokens.nextArg()) throw tokens.argErr()
  draft.directory = filePath(tokens.val(), controller)
  checkDirectory(draft.directory, controller)
  if (tokens.nextArg()) {
    draft.pattern = tokens.val()
    checkPattern(draft.pattern, controller)
    if (!tokens.nextArg()) throw tokens.argErr()
    draft.template = expandable(tokens.val())
  }
  if (tokens.nextArg()) throw tokens.argErr()
}

/** A directory that does not exist may come. */
function checkDirectory(path: string, { tokens, fileKind, warn }: Controller): void {
  let kind: ReturnType<typeof fileKind>
  try {
    kind = fileKind(path)
  } catch (error) {
    throw tokens.errf(`Unable to access root path '${path}': ${errorText(error)}`)
  }
  if (kind === 'missing') warn(`Directory does not exist: ${path}`)
}

function checkPattern(pattern: string, { tokens }: Controller): void {
  if (Buffer.byteLength(pattern) > MAX_PATTERN) throw tokens.errf('regexp too large')
  const compiled = findRegExp(pattern)
  if (!compiled.ok) throw tokens.plainErr(compiled.message)
  if (compiled.value.groups === 0) throw tokens.errf('Need at least one sub expression')
}

function readReload({ tokens }: Controller): number {
  const [text] = tokens.remainingArgs()
  if (text === undefined) throw tokens.plainErr('reload duration value is expected')
  const ms = durationOr(text, (message) => tokens.plainErr(`plugin/file: ${message}`))
  if (ms < 0) throw tokens.plainErr('plugin/file: invalid duration')
  return ms
}
