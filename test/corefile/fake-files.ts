// An in-memory file system for the tests of imports.
import { dirname } from 'node:path'
import type { CorefileFiles } from '../../src/corefile/files.ts'

/** A file system with these files (absolute path -> text) and their folders. */
export function fakeFiles(files: Readonly<Record<string, string>> = {}): CorefileFiles {
  const children = new Map<string, Set<string>>([['/', new Set()]])
  for (const path of Object.keys(files)) {
    for (let at = path; at !== '/'; at = dirname(at)) {
      const folder = dirname(at)
      const name = at.slice(folder === '/' ? 1 : folder.length + 1)
      children.set(folder, (children.get(folder) ?? new Set()).add(name))
    }
  }
  const bare = (path: string) => path.replace(/(.)\/$/, '$1')
  return {
    read(path) {
      const text = files[path]
      if (text === undefined) throw new Error(`open ${path}: no such file or directory`)
      return text
    },
    exists: (path) => files[path] !== undefined || children.has(bare(path)),
    isDirectory: (path) => children.has(bare(path)),
    kind: (path) =>
      children.has(bare(path)) ? 'directory' : files[path] === undefined ? 'missing' : 'file',
    list: (path) => [...(children.get(bare(path)) ?? [])],
  }
}
