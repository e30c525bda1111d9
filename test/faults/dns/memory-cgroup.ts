// A memory cgroup for one process. Version 1 or 2, whichever this machine has; undefined where it may not be made.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface MemoryCgroup {
  /** Bytes that the process has taken since it is in the cgroup: what it had before is not counted. */
  readonly usage: () => Promise<number>
  /** The most of that. */
  readonly peak: () => Promise<number>
  readonly limit: (bytes: number) => Promise<void>
  /** Call it when the process has ended. */
  readonly remove: () => Promise<void>
}

const VERSIONS = [
  { root: '/sys/fs/cgroup', usage: 'memory.current', peak: 'memory.peak', limit: 'memory.max' },
  {
    root: '/sys/fs/cgroup/memory',
    usage: 'memory.usage_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    limit: 'memory.limit_in_bytes',
  },
] as const

/** Makes a cgroup and moves the process there. */
export async function openMemoryCgroup(pid: number): Promise<MemoryCgroup | undefined> {
  for (const { root, usage, peak, limit } of VERSIONS) {
    const folder = join(root, `clusterset-dns-faults-${pid}`)
    try {
      await mkdir(folder)
      if (!existsSync(join(folder, limit))) throw new Error('no memory controller')
      await writeFile(join(folder, 'cgroup.procs'), String(pid))
    } catch {
      await rmdir(folder).catch(() => {})
      continue
    }
    const read = async (file: string) => Number(await readFile(join(folder, file), 'utf8'))
    return {
      usage: () => read(usage),
      peak: () => read(peak),
      limit: (bytes) => writeFile(join(folder, limit), String(bytes)),
      remove: () => rmdir(folder),
    }
  }
  return undefined
}
