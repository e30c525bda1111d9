// One kubeconfig from the files of a list such as $KUBECONFIG, by the rules of client-go (tools/clientcmd/loader.go). Pure.
import { dirname, isAbsolute, join } from 'node:path'
import { asFields, type Fields, listOf } from './fields.ts'

/** A kubeconfig that was read. */
interface ReadKubeconfig {
  /** Absolute. */
  readonly file: string
  readonly fields: Fields
}

/** The lists of a kubeconfig, the field of their entries, and which of its fields name files. */
const LISTS = [
  { list: 'clusters', field: 'cluster', files: ['certificate-authority'] },
  {
    list: 'users',
    field: 'user',
    files: ['client-certificate', 'client-key', 'tokenFile'],
  },
  { list: 'contexts', field: 'context', files: [] },
] as const

/**
 * The first file that has an entry of a name gives all of it, and the first file that has a current-context gives that.
 * Relative paths are made absolute: they are relative to the folder of the file in which they stand.
 */
export function mergeKubeconfigs(configs: readonly ReadKubeconfig[]): Fields {
  const current = configs.map(({ fields }) => fields['current-context']).find(Boolean)
  const lists = LISTS.map(({ list, field, files }) => {
    const entries = new Map<unknown, unknown>()
    for (const { file, fields } of configs) {
      for (const raw of listOf(fields[list])) {
        const entry = asFields(raw)
        if (entry === undefined || entries.has(entry.name)) continue
        const content = withAbsolutePaths(asFields(entry[field]) ?? {}, files, dirname(file))
        entries.set(entry.name, { ...entry, [field]: content })
      }
    }
    return [list, [...entries.values()]] as const
  })
  return {
    ...Object.fromEntries(lists),
    ...(current === undefined ? {} : { 'current-context': current }),
  }
}

function withAbsolutePaths(content: Fields, names: readonly string[], folder: string): Fields {
  const absolute = (path: unknown) =>
    typeof path === 'string' && path !== '' && !isAbsolute(path) ? join(folder, path) : path
  const exec = asFields(content.exec)
  // A command without a slash is looked for in the PATH.
  const isPath = typeof exec?.command === 'string' && exec.command.includes('/')
  return {
    ...content,
    ...Object.fromEntries(
      names.filter((name) => name in content).map((name) => [name, absolute(content[name])]),
    ),
    ...(isPath ? { exec: { ...exec, command: absolute(exec.command) } } : {}),
  }
}
