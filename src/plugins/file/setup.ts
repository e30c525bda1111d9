// file: answers from zone files (RFC 1035).
//
//   file DBFILE [ZONES...] {
//     reload DURATION            default: 1m; 0s: never
//     reload_by_mtime
//     fallthrough [ZONES...]
//     upstream                   ignored, as in CoreDNS
//   }
import { formatDuration } from '../../corefile/duration.ts'
import { CorefileError } from '../../corefile/error.ts'
import { quote } from '../../corefile/go-text.ts'
import { nameToWire } from '../../dns/name.ts'
import { errorText } from '../../errors.ts'
import { contentOf } from '../../zonefile/zone-content.ts'
import { ZoneFileError } from '../../zonefile/zone-parser.ts'
import { durationOr, fallthroughZones, filePath, zonesFromArguments } from '../arguments.ts'
import { type Controller, type Plugin, sentenceList } from '../plugin.ts'
import { fileComponent } from './component.ts'
import type { FileConfig, FileZones } from './options.ts'

const DEFAULT_RELOAD_MS = 60_000
const OPTIONS = ['reload DURATION', 'reload_by_mtime', 'fallthrough [ZONES...]', 'upstream']

/** Options stay from one line of the directive to the next, as in CoreDNS. */
interface Draft {
  reloadMs: number
  byTime: boolean
  fallthrough: readonly string[]
}

export const file: Plugin<FileConfig> = {
  name: 'file',
  syntax: `file DBFILE [ZONES...] { ${OPTIONS.join('; ')} }`,

  setup(controller) {
    const { tokens, warn } = controller
    const draft: Draft = { reloadMs: DEFAULT_RELOAD_MS, byTime: false, fallthrough: [] }
    const files: FileZones[] = []
    let missing: string | undefined
    while (tokens.next()) {
      const [name, ...names] = tokens.remainingArgs()
      if (name === undefined) throw tokens.argErr()
      const path = filePath(name, controller)
      const zones = zonesFromArguments(names, controller)
      missing = checkFile(path, zones, controller) ?? missing
      while (tokens.nextBlock()) readOption(draft, controller)
      files.push({ path, zones, reloadMs: draft.reloadMs, byTime: draft.byTime })
    }
    if (missing !== undefined && draft.reloadMs === 0) {
      throw tokens.plainErr(`plugin/file: ${missing}`)
    }
    if (missing !== undefined) {
      warn(`Failed to open ${quote(missing)}: trying again in ${formatDuration(draft.reloadMs)}`)
    }
    return { plugin: 'file', files, fallthrough: draft.fallthrough }
  },

  describe: describeFile,

  zones: ({ files }) => files.flatMap(({ zones }) => zones),

  component: fileComponent,
}

/** Reads the file for each zone: a broken one is an error. Returns the message for one that is missing. */
function checkFile(
  path: string,
  zones: readonly string[],
  { tokens, readFile, fileKind }: Controller,
): string | undefined {
  for (const zone of zones) {
    if (nameToWire(zone) === undefined || zone.includes('\\')) {
      throw tokens.errf(`zone is not a valid domain name: ${zone}`)
    }
  }
  let text: string
  try {
    if (fileKind(path) === 'directory') throw tokens.plainErr(directoryError(path, zones))
    text = readFile(path)
  } catch (error) {
    if (error instanceof CorefileError) throw error
    return errorText(error)
  }
  try {
    for (const origin of zones) contentOf({ file: path, text, origin, read: readFile })
  } catch (error) {
    if (!(error instanceof ZoneFileError)) throw error
    throw tokens.plainErr(error.message)
  }
  return undefined
}

function directoryError(path: string, [origin]: readonly string[]): string {
  return `failed to parse file ${quote(path)} for origin ${origin} with error read ${path}: is a directory`
}

function readOption(draft: Draft, controller: Controller): void {
  const { tokens } = controller
  switch (tokens.val()) {
    case 'fallthrough':
      draft.fallthrough = fallthroughZones(tokens.remainingArgs(), controller)
      return
    case 'reload':
      draft.reloadMs = readReload(controller)
      return
    case 'reload_by_mtime':
      draft.byTime = true
      return
    case 'upstream':
      tokens.remainingArgs()
      return
    default:
      throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
  }
}

function readReload({ tokens }: Controller): number {
  const [text] = tokens.remainingArgs()
  if (text === undefined) throw tokens.plainErr('reload duration value is expected')
  const ms = durationOr(text, (message) => tokens.plainErr(`plugin/file: ${message}`))
  // CoreDNS ends with a panic.
  if (ms < 0) throw tokens.errf(`invalid negative duration for reload '${text}'`)
  return ms
}

function describeFile({ files, fallthrough }: FileConfig): string {
  const parts = files.map(({ path, zones, reloadMs, byTime }) => {
    const changes = byTime ? 'time' : 'serial'
    const reload =
      reloadMs === 0 ? 'read once' : `whose ${changes} is checked every ${formatDuration(reloadMs)}`
    return `for names in ${sentenceList(zones)} from ${path}, ${reload}`
  })
  const missing = fallthrough.includes('.') ? 'names' : `names in ${sentenceList(fallthrough)}`
  const through =
    fallthrough.length === 0 ? '' : `; ${missing} that do not exist go to the next plugin`
  return `answers ${parts.join('; ')}${through}`
}
