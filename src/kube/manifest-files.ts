// Detects changed manifest files in a folder by polling: stat first, then a hash of the content. fs.watch is not used:
// a ConfigMap mount swaps symlinks, and network file systems send no events.
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from 'yaml'
import { CodedError, errorText } from '../errors.ts'
import { require } from '../require.ts'
import { yamlOptions } from './yaml-options.ts'

/** A file changed more recently than this may change again with the same timestamp, so its content is compared. */
const RECENT_MS = 2000

/** The state of a file at the last scan. */
export interface SeenFile {
  stamp: string
  hash: string
  /** The file was empty at the last scan; it counts as empty when the next scan finds it empty, too. */
  empty: boolean
}

/** A file that is new or changed, was removed, or cannot be read. */
export type ScanResult =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly gone: true }
  | { readonly file: string; readonly error: Error }

/** The .yaml, .yml and .json files of `directory` and its subfolders, sorted by path. */
async function listManifests(directory: string): Promise<string[]> {
  const files: string[] = []
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      // Names that start with a dot are ConfigMap internals ("..data") or editors' temporary files.
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await walk(path)
      else if (/\.(ya?ml|json)$/.test(entry.name)) files.push(path)
    }
  }
  await walk(directory)
  return files.sort()
}

/** The changes in a folder since the last scan; updates `seen` (by path). `wallNow` is in milliseconds since 1970. */
export async function scan(
  directory: string,
  seen: Map<string, SeenFile>,
  wallNow: number,
): Promise<ScanResult[]> {
  const files = await listManifests(directory)
  const results: ScanResult[] = []
  const present = new Set(files)
  for (const file of seen.keys()) {
    if (present.has(file)) continue
    seen.delete(file)
    results.push({ file, gone: true })
  }
  for (const file of files) {
    const result = await readIfChanged(file, seen, wallNow)
    if (result !== undefined) results.push(result)
  }
  return results
}

async function readIfChanged(
  file: string,
  seen: Map<string, SeenFile>,
  wallNow: number,
): Promise<ScanResult | undefined> {
  const previous = seen.get(file)
  try {
    const before = await fingerprint(file)
    if (previous !== undefined && previous.stamp === before.stamp && !before.isRecent(wallNow))
      return undefined
    if (!before.isRegular) throw new Error(`${file}: not a regular file`)
    const bytes = await readFile(file)
    const after = await fingerprint(file)
    // The file was written to while it was read: the next scan reads it again.
    if (after.stamp !== before.stamp) return undefined
    const hash = createHash('sha256').update(bytes).digest('base64')
    if (previous?.hash === hash) {
      previous.stamp = before.stamp
      return undefined
    }
    // The file may be truncated before a write: it counts as empty only when the next scan finds the same.
    if (bytes.length === 0 && previous !== undefined && !previous.empty) {
      previous.empty = true
      previous.stamp = ''
      return undefined
    }
    seen.set(file, { stamp: before.stamp, hash, empty: bytes.length === 0 })
    return { file, text: bytes.toString('utf8') }
  } catch (cause) {
    // Removed since the folder was listed: the next scan reports it.
    if (!(await exists(file))) return undefined
    const error = cause instanceof Error ? cause : new Error(String(cause))
    const hash = `error ${error.message}`
    if (previous?.hash === hash) return undefined
    seen.set(file, { stamp: '', hash, empty: false })
    return { file, error }
  }
}

/** True for a symbolic link that leads nowhere, too. */
async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  )
}

async function fingerprint(file: string) {
  const stats = await stat(file, { bigint: true })
  const stamp = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`
  const changedAt = Number(stats.ctimeNs / 1_000_000n)
  return {
    stamp,
    isRegular: stats.isFile(),
    isRecent: (wallNow: number) => wallNow - changedAt < RECENT_MS,
  }
}

/** One document of a manifest file. */
export interface ManifestDocument {
  readonly value: unknown
  /** The line that it begins in. */
  readonly line: number
  /** What is odd about its YAML, with file, line and column. */
  readonly warnings: readonly string[]
}

/** The documents of a file; throws CodedError MANIFEST. */
export function readDocuments(file: string, text: string): readonly ManifestDocument[] {
  if (file.endsWith('.json')) {
    try {
      return [{ value: JSON.parse(text) as unknown, line: 1, warnings: [] }]
    } catch {
      // The YAML parser below reads the file again: its errors have positions.
    }
  }
  const { LineCounter, parseAllDocuments } = loadYaml()
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { ...yamlOptions, lineCounter: lines, merge: true })
  if (!Array.isArray(documents)) return []
  return documents.map((document) => {
    const [error] = document.errors
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0])
      const message = error.message.replaceAll('\n', ' ')
      throw new CodedError('MANIFEST', `${file}:${line}:${col}: ${message}`, { cause: error })
    }
    const { line } = lines.linePos(document.contents?.range?.[0] ?? document.range[0])
    try {
      const warnings = warningsOf(document).map(([offset, message]) => {
        const at = lines.linePos(offset)
        return `${file}:${at.line}:${at.col}: ${message}`
      })
      return { value: document.toJS() as unknown, line, warnings }
    } catch (cause) {
      const message = errorText(cause)
      throw new CodedError('MANIFEST', `${file}:${line}: ${message}`, { cause })
    }
  })
}

/** The warnings of the parser, and keys that are mappings or lists, each with its offset. */
function warningsOf(document: Document.Parsed): [offset: number, message: string][] {
  const found = document.warnings.map(({ pos, message }): [number, string] => {
    return [pos[0], message.replaceAll('\n', ' ')]
  })
  const { isCollection, visit } = loadYaml()
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return
      found.push([
        key.range?.[0] ?? 0,
        'a mapping or a list is a key here; in a template, fill in {{...}} first, else quote the text',
      ])
    },
  })
  return found
}

/** Loads yaml with the first manifest: it uses 4 MB. */
function loadYaml(): typeof import('yaml') {
  return require('yaml') as typeof import('yaml')
}
