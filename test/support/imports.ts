// The imports of the source files of a folder, as text: what the architecture tests look at.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export interface Import {
  readonly file: string
  /** A path below the root ("zone/layout.ts"), or a package ("node:fs", "pino"). */
  readonly target: string
  readonly local: boolean
  /** True when only types are imported: the import does not exist at run time. */
  readonly typeOnly: boolean
}

const STATEMENT = /^(import|export)\b\s*([^'";]*?\bfrom\s*)?'([^']+)'/gm
const DYNAMIC = /\b(?<!typeof )(?:import|require)\(\s*'([^']+)'/g
const WORKER_URL = /new URL\(\s*[`'](\.[^'`$]+?)(?:\.ts|\$\{extension\})[`']/g

/** The files below `root` that the patterns name, sorted. */
export function sourceFiles(root: string, ...patterns: readonly string[]): readonly string[] {
  return globSync(patterns, { cwd: root }).sort()
}

/** All imports of `file`: statements, dynamic imports and the URLs of worker threads. */
export function importsOf(root: string, file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = [...text.matchAll(STATEMENT)].map(([, , clause = '', target = '']) => ({
    target,
    typeOnly: isTypeOnly(clause),
  }))
  for (const [, target = ''] of text.matchAll(DYNAMIC)) found.push({ target, typeOnly: false })
  for (const [, path = ''] of text.matchAll(WORKER_URL)) {
    found.push({ target: `${path}.ts`, typeOnly: false })
  }
  return found.map(({ target, typeOnly }) => {
    const local = target.startsWith('.')
    return {
      file,
      target: local ? normalize(join(dirname(file), target)) : target,
      local,
      typeOnly,
    }
  })
}

/** `type { A }`, or `{ type A, type B }`. */
function isTypeOnly(clause: string): boolean {
  if (/^type\b/.test(clause)) return true
  const names = /^\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? ['']
  const named = names.filter((name) => name.trim() !== '')
  return named.length > 0 && named.every((name) => /^\s*type\s/.test(name))
}

/** The circles of a graph: each node that can reach itself, with the way back. */
export function circles(arrows: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...arrows.keys()].flatMap((start) => {
    const way = wayBack(arrows, start)
    return way === undefined ? [] : [way.join(' -> ')]
  })
}

function wayBack(
  arrows: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
): readonly string[] | undefined {
  const seen = new Set<string>()
  const open: (readonly string[])[] = [[start]]
  for (let way = open.shift(); way !== undefined; way = open.shift()) {
    for (const next of arrows.get(way.at(-1)!) ?? []) {
      if (next === start) return [...way, start]
      if (seen.has(next)) continue
      seen.add(next)
      open.push([...way, next])
    }
  }
  return undefined
}
