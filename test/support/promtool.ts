// promtool of Prometheus, which checks rules and metrics: that of the machine, or that of Debian's package `prometheus`, which is
// downloaded once and unpacked into the cache. It is not installed, because it would start a server.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The path of promtool, or why there is none. */
export type Promtool =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: string }

/** Finds promtool, or downloads it (19 MB). */
export async function ensurePromtool(env: NodeJS.ProcessEnv = process.env): Promise<Promtool> {
  const folders = (env.PATH ?? '').split(delimiter)
  const installed = folders.map((one) => join(one, 'promtool')).find((file) => existsSync(file))
  if (installed !== undefined) return { ok: true, path: installed }
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'clusterset-dns', 'tools')
  const path = join(cache, 'prometheus', 'usr/bin/promtool')
  if (existsSync(path)) return { ok: true, path }
  try {
    await mkdir(cache, { recursive: true })
    const folder = await mkdtemp(join(cache, 'prometheus.'))
    try {
      await run('apt-get', ['download', 'prometheus'], { cwd: folder })
      const [file = ''] = await readdir(folder)
      await run('dpkg', ['-x', file, 'unpacked'], { cwd: folder })
      // Where another process was faster, its folder stays.
      await rename(join(folder, 'unpacked'), join(cache, 'prometheus')).catch(() => {})
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return { ok: true, path }
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error)
    return {
      ok: false,
      reason: `promtool is not installed, and the package prometheus cannot be had: ${why}`,
    }
  }
}
